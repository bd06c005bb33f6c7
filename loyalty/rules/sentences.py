"""Which sentence says what a reward or a tier is?"""

from loyalty.rules.effects import ONE_BILLION, Bonus, Code, Effect, Goods, Lottery, Pack, PointsGift, Sentence


def say_effect(effect: Effect) -> Sentence:  # noqa: PLR0911  one a kind
    """Amounts are fen, chances are in a billion."""
    match effect:
        case Bonus(months=1):
            return _say("bonus_at_once", amount=effect.amount_fen)
        case Bonus():
            months, least = effect.months, effect.least_spend_fen
            return _say("bonus_by_month", amount=effect.amount_fen, months=months, least_spend=least)
        case Pack(months=None):
            return _say("pack", offering=effect.offering_id)
        case Pack():
            return _say("pack_for_months", offering=effect.offering_id, months=effect.months)
        case PointsGift():
            return _say("points", points=effect.points)
        case Goods():
            return _say("goods", item=effect.item)
        case Code():
            return _say("code", batch=effect.batch)
        case Lottery():
            chances = sum(prize.chances for prize in effect.prizes)
            return _say("lottery", prizes=len(effect.prizes), chances=chances, nothing=ONE_BILLION - chances)


def say_tier(from_fen: int) -> Sentence:
    """From which amount on."""
    return _say("amount_at_least", amount=from_fen)


def _say(key: str, **parameters: object) -> Sentence:
    return Sentence(key, tuple((name, str(value)) for name, value in parameters.items()))
