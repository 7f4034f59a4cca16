from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dm_mcp.errors import ScenarioError, ScenarioNotFound, ScenarioUnclear
from dm_mcp.workspace import Scenario, find_scenario


def scenario(id_: str, title: str) -> Scenario:
    return Scenario(id=id_, file=f"{id_}.py", title=title)


SCENARIOS = [
    scenario("customers", "Customers"),
    scenario("customers_and_orders", "Customers and orders"),
    scenario("customers_by_country", "Customers by country"),
    scenario("delete_test_users", "Delete test users"),
    scenario("import_orders_v2", "Import orders v2"),
    scenario("nightly/orders_load", "Nightly orders load"),
    scenario("regression_report", "Regression report"),
    scenario("regression_seeding", "Regression seeding"),
    scenario("run_everything", "Run everything"),
]

TABLE = [
    line.split("\t")
    for line in (Path(__file__).parent / "phrases.tsv").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("# ")
]
ERRORS = {"unclear": ScenarioUnclear, "not found": ScenarioNotFound}


@pytest.mark.parametrize(("phrase", "id_"), [row for row in TABLE if row[1] not in ERRORS])
def test_a_phrase_runs_the_scenario_that_it_names(phrase: str, id_: str) -> None:
    assert find_scenario(phrase, SCENARIOS).id == id_


@pytest.mark.parametrize(("phrase", "error"), [row for row in TABLE if row[1] in ERRORS])
def test_a_near_miss_runs_nothing(phrase: str, error: str) -> None:
    with pytest.raises(ERRORS[error]) as caught:
        find_scenario(phrase, SCENARIOS)
    assert "othing" in str(caught.value)
    assert "(" in caught.value.hint, "the hint lists scenarios"


def test_the_table_is_as_long_as_it_should_be() -> None:
    runs = sum(row[1] not in ERRORS for row in TABLE)
    assert runs >= 40
    assert len(TABLE) - runs >= 40


@pytest.mark.parametrize("phrase", ["", "   ", "\n"])
def test_an_empty_phrase_names_nothing(phrase: str) -> None:
    with pytest.raises(ScenarioNotFound, match="names nothing"):
        find_scenario(phrase, SCENARIOS)


@pytest.mark.parametrize(
    "phrase", ["x" * 10_000, "run regression seeding " * 500, "please " * 2000 + "run regression seeding"]
)
def test_a_very_long_phrase_is_refused_and_not_repeated(phrase: str) -> None:
    with pytest.raises(ScenarioNotFound) as caught:
        find_scenario(phrase, SCENARIOS)
    assert len(str(caught.value)) < 1000


def test_without_scenarios_nothing_is_found() -> None:
    with pytest.raises(ScenarioNotFound, match="the workspace has none"):
        find_scenario("run regression seeding", [])


def test_words_that_could_not_be_placed_are_told_with_where_parameters_go() -> None:
    with pytest.raises(ScenarioUnclear) as caught:
        find_scenario("please run regression seeding in production", SCENARIOS)
    assert "'in production'" in caught.value.message
    assert "Parameters are passed apart" in caught.value.hint
    assert "regression_seeding (Regression seeding)" in caught.value.hint


def test_two_names_in_one_phrase_are_told() -> None:
    with pytest.raises(ScenarioUnclear, match="names 2 scenarios") as caught:
        find_scenario("run regression seeding and customers by country", [SCENARIOS[2], SCENARIOS[7]])
    assert "regression_seeding" in caught.value.hint
    assert "customers_by_country" in caught.value.hint


def test_a_phrase_that_fits_several_lists_them() -> None:
    with pytest.raises(ScenarioUnclear) as caught:
        find_scenario("run regression", SCENARIOS)
    assert "regression_report" in caught.value.hint
    assert "regression_seeding" in caught.value.hint
    assert "customers" not in caught.value.hint


def test_one_title_for_two_scenarios_is_unclear_but_their_ids_are_not() -> None:
    twins = [scenario("a/load", "Load"), scenario("b/load", "Load")]
    for phrase in ("Load", "run the load scenario"):
        with pytest.raises(ScenarioUnclear, match="fits 2 scenarios") as caught:
            find_scenario(phrase, twins)
        assert "a/load" in caught.value.hint
    assert find_scenario("run b/load", twins).id == "b/load"


def test_what_is_another_scenarios_word_is_no_slip_of_the_pen() -> None:
    seeding, report = scenario("a", "Regression seeding"), scenario("b", "Repression report")
    assert find_scenario("run repression seeding", [seeding]) is seeding
    with pytest.raises(ScenarioUnclear):
        find_scenario("run repression seeding", [seeding, report])


def test_a_slip_that_could_be_two_words_is_none() -> None:
    loads = [scenario("a", "Load staging"), scenario("b", "Load stabing")]
    with pytest.raises(ScenarioUnclear):
        find_scenario("run load stading", loads)


def test_numbers_are_never_slips() -> None:
    with pytest.raises(ScenarioUnclear):
        find_scenario("run load 20251", [scenario("a", "Load 20252")])


def test_the_order_of_the_words_counts() -> None:
    copy = [scenario("copy", "Copy staging to production")]
    with pytest.raises(ScenarioUnclear):
        find_scenario("copy production to staging", copy)


def test_a_title_in_another_script_is_found() -> None:
    russian = [scenario("seed_ru", "Регрессия заказов")]
    assert find_scenario("please run регрессия Заказов", russian).id == "seed_ru"


def test_a_list_of_what_there_is_stops_at_ten() -> None:
    many = [scenario(f"s{n}", f"Scenario number {n}") for n in range(30)]
    with pytest.raises(ScenarioNotFound, match="and 20 more"):
        find_scenario("backup", many)


@given(st.text(max_size=400))
def test_no_text_does_anything_but_find_or_refuse(phrase: str) -> None:
    try:
        assert find_scenario(phrase, SCENARIOS) in SCENARIOS
    except (ScenarioNotFound, ScenarioUnclear) as error:
        assert isinstance(error, ScenarioError)
        assert len(str(error)) < 1500


@given(st.lists(st.sampled_from(["don't", "not", "stop", "in", "and", "delete", "never", "5", "xyz", "✗"]), min_size=1))
def test_a_word_from_no_list_is_never_passed_over(extra: list[str]) -> None:
    for phrase in (f"run regression seeding {' '.join(extra)}", f"{' '.join(extra)} run regression seeding"):
        with pytest.raises(ScenarioUnclear):
            find_scenario(phrase, SCENARIOS)
