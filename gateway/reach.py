"""Through what are the operator's systems read?"""

from dataclasses import dataclass

from bss_adapters.tmf.account import TmfAccounts
from bss_adapters.tmf.bill import TmfBills
from bss_adapters.tmf.call_record import TmfCallRecords
from bss_adapters.tmf.catalogue import TmfCatalogue
from bss_adapters.tmf.client import TmfClient
from bss_adapters.tmf.line import TmfLines
from bss_adapters.tmf.usage import TmfUsage
from bss_adapters.tmf.usage_history import TmfUsageHistory


@dataclass(frozen=True, slots=True)
class Bss:
    """The operator's systems, as one client reaches them."""

    client: TmfClient
    catalogue: TmfCatalogue
    lines: TmfLines
    accounts: TmfAccounts
    usage: TmfUsage
    usage_history: TmfUsageHistory
    bills: TmfBills
    call_records: TmfCallRecords


def reach_bss(client: TmfClient) -> Bss:
    """Everything that reads over one client."""
    catalogue = TmfCatalogue(client)
    return Bss(
        client=client,
        catalogue=catalogue,
        lines=TmfLines(client, catalogue),
        accounts=TmfAccounts(client),
        usage=TmfUsage(client),
        usage_history=TmfUsageHistory(client),
        bills=TmfBills(client),
        call_records=TmfCallRecords(client),
    )
