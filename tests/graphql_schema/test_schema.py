"""Is the committed schema the one that is served, and does it keep its promises?"""

from pathlib import Path

from graphql import GraphQLNonNull, GraphQLObjectType

from graphql_schema.schema import build_schema, executable

COMMITTED = Path(__file__).parents[2] / "graphql_schema" / "schema.graphql"


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert COMMITTED.read_text(encoding="utf-8").strip() == build_schema().as_str().strip(), "run `make schema`"


def test_a_section_can_be_null_so_that_a_dead_system_never_blanks_the_page() -> None:
    me = executable(build_schema()).get_type("Me")
    assert isinstance(me, GraphQLObjectType)
    certain = {name for name, field in me.fields.items() if isinstance(field.type, GraphQLNonNull)}
    assert certain == {"attention"}, "attention leaves out what is not there; everything else may be null"
