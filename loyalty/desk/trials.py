"""How is what a trial said kept beside the version that it was made of?"""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from graphql_schema.types.localized_text import LocalizedText
from graphql_schema.types.loyalty_desk import CampaignTrial, RewardStock
from graphql_schema.types.money import Money


def write_trial(trial: CampaignTrial) -> str:
    """Figures alone, as JSON: nothing in it is anybody's."""
    ended = trial.budget_ended_at
    figures = {
        "month": trial.month.isoformat(),
        "happenings": trial.happenings,
        "lookedAt": trial.looked_at,
        "grants": trial.grants,
        "winners": trial.winners,
        "cost": _write_money(trial.cost),
        "budget": None if trial.budget is None else _write_money(trial.budget),
        "budgetEndedAt": None if ended is None else ended.isoformat(),
        "rewards": [[each.key, each.name.zh, each.name.en, each.given, each.stock] for each in trial.rewards],
    }
    return json.dumps(figures, ensure_ascii=False)


def read_trial(text: str) -> CampaignTrial:
    """As it was kept."""
    kept = json.loads(text)
    budget, ended = kept["budget"], kept["budgetEndedAt"]
    return CampaignTrial(
        month=date.fromisoformat(kept["month"]),
        happenings=kept["happenings"],
        looked_at=kept["lookedAt"],
        grants=kept["grants"],
        winners=kept["winners"],
        cost=_read_money(kept["cost"]),
        budget=None if budget is None else _read_money(budget),
        budget_ended_at=None if ended is None else datetime.fromisoformat(ended),
        rewards=[
            RewardStock(key=key, name=LocalizedText(zh=zh, en=en), given=given, stock=stock)
            for key, zh, en, given, stock in kept["rewards"]
        ],
    )


def _write_money(money: Money) -> dict[str, str]:
    return {"amount": str(money.amount), "currency": money.currency}


def _read_money(kept: dict[str, Any]) -> Money:
    return Money(amount=Decimal(kept["amount"]), currency=kept["currency"])
