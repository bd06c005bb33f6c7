"""TMF629 customer and TMF632 party: who is the customer?"""

from collections.abc import Sequence

from starlette.routing import Route

from sandbox.bss.month import render_instant
from sandbox.bss.portfolio import Customer, Person, Portfolio
from sandbox.bss.tmf.collection import Collection, collection_routes, of_portfolios, owner_by_id
from sandbox.bss.tmf.wire import ACCOUNT, CUSTOMER, PARTY, Json, characteristic, period, reference
from sandbox.bss.world import World


def customer_routes(world: World) -> list[Route]:
    """TMF629."""
    return collection_routes(world, CUSTOMER, _CUSTOMERS)


def party_routes(world: World) -> list[Route]:
    """TMF632."""
    return [*collection_routes(world, PARTY, _INDIVIDUALS), *collection_routes(world, PARTY, _ORGANIZATIONS)]


def party_reference(customer: Customer, role: str) -> Json:
    """A RelatedParty that is a customer."""
    return reference(f"{CUSTOMER}/customer", customer.id, "Customer", name=customer.name, role=role)


def person_reference(person: Person, role: str) -> Json:
    """A RelatedParty that is a person."""
    return reference(f"{PARTY}/individual", person.id, "Individual", name=person.full_name, role=role)


def organization_reference(customer: Customer, role: str) -> Json:
    """A RelatedParty that is the company which the customer is."""
    return reference(f"{PARTY}/organization", _organization_id(customer), "Organization", name=customer.name, role=role)


def render_customer(portfolio: Portfolio, now_ms: int) -> Json:
    """Portfolio → TMF629 Customer."""
    customer, account = portfolio.customer, portfolio.account
    since_ms = min(line.since_ms for line in portfolio.lines)
    engaged = person_reference(customer.person, "holder")
    if customer.company:
        engaged = organization_reference(customer, "holder")
    return {
        "id": customer.id,
        "href": f"{CUSTOMER}/customer/{customer.id}",
        "name": customer.name,
        "status": "closed" if all(line.is_ended(now_ms) for line in portfolio.lines) else "active",
        "account": [reference(f"{ACCOUNT}/billingAccount", account.id, "BillingAccount", name=customer.name)],
        "characteristic": [
            characteristic("kind", "enterprise" if customer.company else "individual"),
            characteristic("province", portfolio.lines[0].city.province),
        ],
        "contactMedium": [_contact(customer.person.contact_number, portfolio)],
        "engagedParty": engaged,
        "validFor": {"startDateTime": render_instant(since_ms)},
    }


def render_individual(person: Person) -> Json:
    """Person → TMF632 Individual."""
    return {
        "id": person.id,
        "href": f"{PARTY}/individual/{person.id}",
        "familyName": person.family_name,
        "givenName": person.given_name,
        "fullName": person.full_name,
        "formattedName": person.full_name,
        "gender": person.gender,
        "birthDate": person.birth_date,
        "nationality": "CN",
        "status": "validated" if person.checked else "initialized",
        "individualIdentification": [
            {
                "identificationType": "居民身份证",
                "identificationId": person.identity_number,
                "issuingAuthority": "公安机关",
            }
        ],
        "languageAbility": [{"languageCode": "zh-CN", "languageName": "中文", "isFavouriteLanguage": True}],
        "contactMedium": [
            {"mediumType": "phone", "preferred": True, "characteristic": {"phoneNumber": person.contact_number}}
        ],
    }


def render_organization(portfolio: Portfolio) -> Json:
    """A company → TMF632 Organization."""
    customer = portfolio.customer
    return {
        "id": _organization_id(customer),
        "href": f"{PARTY}/organization/{_organization_id(customer)}",
        "name": customer.company,
        "tradingName": customer.company,
        "isLegalEntity": True,
        "organizationType": "company",
        "status": "validated",
        "existsDuring": period(0, 4_102_444_800_000),
        "relatedParty": [person_reference(customer.person, "agent")],
    }


def _contact(number: str, portfolio: Portfolio) -> Json:
    city = portfolio.lines[0].city
    return {
        "mediumType": "phone",
        "preferred": True,
        "characteristic": {
            "contactType": "mobile", "phoneNumber": number, "city": city.zh, "stateOrProvince": city.province,
            "country": "中国",
        },
    }  # fmt: skip


def _organization_id(customer: Customer) -> str:
    return f"O{customer.id[1:]}"


def _customers(_: World, portfolio: Portfolio) -> Sequence[Portfolio]:
    return [portfolio]


def _companies(_: World, portfolio: Portfolio) -> Sequence[Portfolio]:
    return [portfolio] if portfolio.customer.company else []


def _people(_: World, portfolio: Portfolio) -> Sequence[Person]:
    """The holder and the users of the lines, each once."""
    people = (portfolio.customer.person, *(line.user for line in portfolio.lines))
    return list({person.id: person for person in people}.values())


_CUSTOMERS: Collection[Portfolio] = Collection(
    path="/customer",
    properties=frozenset({
        "id", "href", "name", "status", "account", "characteristic", "contactMedium", "engagedParty", "validFor",
        "relatedParty", "statusReason",
    }),
    select=of_portfolios(_customers, {"id": owner_by_id, "engagedParty.id": owner_by_id, "account.id": owner_by_id}),
    render=lambda world, portfolio: render_customer(portfolio, world.clock.now_ms()),
    quick={"id": lambda portfolio: portfolio.customer.id},
)  # fmt: skip

_INDIVIDUALS: Collection[Person] = Collection(
    path="/individual",
    properties=frozenset({
        "id", "href", "familyName", "givenName", "fullName", "formattedName", "gender", "birthDate", "nationality",
        "status",
        "individualIdentification", "languageAbility", "contactMedium", "relatedParty", "partyCharacteristic",
    }),
    select=of_portfolios(_people, {"id": owner_by_id}),
    render=lambda _, person: render_individual(person),
    quick={"id": lambda person: person.id},
)  # fmt: skip

_ORGANIZATIONS: Collection[Portfolio] = Collection(
    path="/organization",
    properties=frozenset({
        "id", "href", "name", "tradingName", "isLegalEntity", "organizationType", "status", "existsDuring",
        "relatedParty",
    }),
    select=of_portfolios(_companies, {"id": owner_by_id}),
    render=lambda _, portfolio: render_organization(portfolio),
    quick={"id": lambda portfolio: _organization_id(portfolio.customer)},
)  # fmt: skip
