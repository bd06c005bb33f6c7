"""Which document do these tests spoil?"""

AUTUMN = """
{
  "@type": "Campaign",
  "@baseType": "Promotion",
  "id": "autumn",
  "version": 3,
  "name": "秋日充值",
  "nameEn": "Autumn",
  "description": "Three tiers, one of them a choice",
  "promotionType": "Award",
  "lifecycleStatus": "release",
  "validFor": {
    "startDateTime": "2026-11-01T00:00:00+08:00",
    "endDateTime": "2026-12-01T00:00:00+08:00"
  },
  "happening": ["recharge"],
  "clawbackMonths": 24,
  "pattern": [{
    "priority": 10,
    "criteriaGroupLogicalRelationship": "AND",
    "criteriaGroup": [
      {"groupName": "where and when", "criteriaLogicalRelationship": "AND", "criteria": [
        {"criteriaParameter": "region", "criteriaOperator": "<>", "criteriaValue": "310000"},
        {"criteriaParameter": "hours", "criteriaOperator": "=", "criteriaValue": "08:00-24:00"},
        {"criteriaParameter": "weekdays", "criteriaOperator": "=", "criteriaValue": "6,7"}
      ]},
      {"criteriaLogicalRelationship": "OR", "criteria": [
        {"criteriaParameter": "tenureMonths", "criteriaOperator": ">=", "criteriaValue": "24"},
        {"criteriaParameter": "stars", "criteriaOperator": "=", "criteriaValue": "4-5"}
      ]}
    ],
    "action": [
      {"id": "frozen", "name": "存费赠费", "nameEn": "Monthly money", "actionType": "currency",
       "actionValue": "2400.00", "release": {"months": 24, "leastSpend": "50.00"},
       "usableFor": ["monthly_fee"], "validDays": 90},
      {"id": "pack", "name": "流量包", "nameEn": "Data", "actionType": "an existing offering", "cost": "5",
       "actionEntityRef": {"id": "pack-data-5", "@referredType": "ProductOffering"}, "months": 3},
      {"id": "points", "name": "积分", "nameEn": "Points", "actionType": "bonus point", "actionValue": "500"},
      {"id": "cup", "name": "杯子", "nameEn": "A cup", "actionType": "physical gift", "cost": "20.00", "stock": 100,
       "actionEntityRef": {"id": "cup-2026"}},
      {"id": "code", "name": "视频会员", "nameEn": "A film", "actionType": "voucher", "cost": "10.00",
       "actionEntityRef": {"id": "films"}},
      {"id": "draw", "name": "抽奖", "nameEn": "A draw", "actionType": "lottery", "prize": [
        {"reward": "cup", "chances": 1000},
        {"reward": "points", "chances": 500000000}
      ]}
    ],
    "tier": [
      {"from": "50.00", "reward": ["draw"]},
      {"from": "100.00", "reward": ["pack", "code"], "choice": true},
      {"from": "3000.00", "reward": ["frozen", "points"]}
    ],
    "exclusionGroup": "season",
    "stackable": true,
    "limit": {"customer": 1, "total": 1000},
    "budget": "5000000.00"
  }],
  "channelException": [
    {
      "channel": "app",
      "startDateTime": "2026-10-31T00:00:00+08:00",
      "onItsFace": {"zh": "掌厅提前一天", "en": "A day earlier in the app"},
      "tier": []
    }
  ]
}
"""


def change(text: str, old: str, new: str) -> str:
    """The text with its one ``old`` replaced."""
    assert text.count(old) == 1, f"{old} stands there {text.count(old)} times"
    return text.replace(old, new)
