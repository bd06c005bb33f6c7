"""Must a template be compiled anew for every hall that one process opens?"""

from functools import cache

from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class CompiledTemplates(BytecodeCache):
    """Keeps the code of templates in memory for as long as the process lives. A changed template has another code."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was compiled before of this very text."""
        kept = self._kept.get((bucket.key, bucket.checksum))
        if kept is not None:
            bucket.bytecode_from_string(kept)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keeps what was compiled now."""
        self._kept[bucket.key, bucket.checksum] = bucket.bytecode_to_string()


@cache
def compiled_templates(channel: str, language: str) -> CompiledTemplates:
    """One for each channel and language: a constant that a filter words is worded when its template is compiled."""
    return CompiledTemplates()
