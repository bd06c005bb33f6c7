"""Which modules of this room keep rows? One import a module, so that the one metadata knows every table."""

import loyalty.campaign_tables
import loyalty.earning_tables
import loyalty.notice_tables
import loyalty.points_tables
import loyalty.referral_tables
import loyalty.reward_tables
import loyalty.run_tables
from loyalty.tables import metadata

__all__ = ["loyalty", "metadata"]
