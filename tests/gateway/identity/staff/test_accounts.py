"""Can an operator add, list, disable and renew accounts, and nothing that should not be?"""

import asyncio

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.identity.staff.accounts import AccountRefused, add_member, disable_member, list_members, reset_member
from graphql_schema.client import Role
from tests.gateway.identity.conftest import Watch

pytestmark = pytest.mark.anyio


async def test_numbers_are_given_out_in_turn_also_at_once(engine: AsyncEngine, watch: Watch) -> None:
    await add_member(engine, name="李工", role=Role.CARE, staff_id="1002", now=watch())
    names = ("王芳", "赵强", "陈静")
    added = [add_member(engine, name=name, role=Role.CARE, now=watch()) for name in names]
    answers = await asyncio.gather(*added, return_exceptions=True)
    given = [each.staff_id for each in answers if not isinstance(each, BaseException)]
    assert len(given) == len(set(given)) >= 1
    assert {account.id for account in await list_members(engine)} == {"1002", *given}
    assert set(given) <= {"1001", "1003", "1004"}


async def test_the_list_says_who_works_here_and_who_has_enrolled(engine: AsyncEngine, watch: Watch) -> None:
    await add_member(engine, name=" 王  芳 ", role=Role.ENTERPRISE_ADMIN, organization="A7", now=watch())
    (account,) = await list_members(engine)
    assert (account.id, account.name, account.role, account.organization) == (
        "1001", "王 芳", Role.ENTERPRISE_ADMIN, "A7",
    )  # fmt: skip
    assert account.active
    assert account.enrolled_at is None


@pytest.mark.parametrize(
    ("role", "organization"), [(Role.ENTERPRISE_ADMIN, None), (Role.CARE, "A7"), (Role.AUDITOR, "A7")]
)
async def test_an_organization_goes_with_its_administrator_alone(
    engine: AsyncEngine, watch: Watch, role: Role, organization: str | None
) -> None:
    with pytest.raises(AccountRefused):
        await add_member(engine, name="王芳", role=role, organization=organization, now=watch())
    assert await list_members(engine) == []


@pytest.mark.parametrize("staff_id", ["", "a b", "x" * 40 + "!", "工号", "-1"])
async def test_an_id_that_nobody_could_type_is_refused(engine: AsyncEngine, watch: Watch, staff_id: str) -> None:
    with pytest.raises(AccountRefused):
        await add_member(engine, name="王芳", role=Role.CARE, staff_id=staff_id, now=watch())


@pytest.mark.parametrize("name", ["", " ", "x" * 65, "a\x07b"])
async def test_a_name_that_nobody_could_read_is_refused(engine: AsyncEngine, watch: Watch, name: str) -> None:
    with pytest.raises(AccountRefused):
        await add_member(engine, name=name, role=Role.CARE, now=watch())


async def test_an_id_is_one_persons(engine: AsyncEngine, watch: Watch) -> None:
    await add_member(engine, name="王芳", role=Role.CARE, staff_id="w1", now=watch())
    with pytest.raises(AccountRefused, match="w1"):
        await add_member(engine, name="赵强", role=Role.AUDITOR, staff_id="W1", now=watch())
    (account,) = await list_members(engine)
    assert account.name == "王芳"


async def test_nobody_is_disabled_or_reset_who_is_not_there(engine: AsyncEngine, watch: Watch) -> None:
    with pytest.raises(AccountRefused):
        await disable_member(engine, "1001", now=watch())
    with pytest.raises(AccountRefused):
        await reset_member(engine, "1001", now=watch())


async def test_an_invitation_does_not_show_its_code_by_itself(engine: AsyncEngine, watch: Watch) -> None:
    invitation = await add_member(engine, name="王芳", role=Role.CARE, now=watch())
    assert invitation.code not in repr(invitation)
    assert len(invitation.code.replace("-", "")) == 20
