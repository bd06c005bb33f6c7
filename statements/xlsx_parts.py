"""Which parts beside its sheets make an archive a workbook (ECMA-376)?"""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from statements.record_rows import ExportHead

PLAIN, HEADING, MONEY, INSTANT, QUOTED = range(5)
"""Places in the list of cell formats below. QUOTED is a text that looks like a formula: spreadsheets keep it a text
even when it is edited."""

_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_STYLES = (
    f'<styleSheet xmlns="{_MAIN}">'
    '<numFmts count="2"><numFmt numFmtId="164" formatCode="#,##0.00##"/>'
    '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd hh:mm:ss"/></numFmts>'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
    '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)

_RELATIONS = (
    f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
    f'<Relationship Id="rId2" Type="{_PACKAGE}/relationships/metadata/core-properties" Target="docProps/core.xml"/>'
    "</Relationships>"
)


def list_parts(sheets: int, sheet_name: str, head: ExportHead) -> Iterator[tuple[str, str]]:
    """Each part's name and text, for a workbook of so many sheets."""
    yield "xl/styles.xml", _XML + _STYLES
    yield "xl/workbook.xml", _list_sheets(sheets, sheet_name)
    yield "xl/_rels/workbook.xml.rels", _relate_sheets(sheets)
    yield "docProps/core.xml", _tell_of(head)
    yield "_rels/.rels", _RELATIONS
    yield "[Content_Types].xml", _name_types(sheets)


def _list_sheets(sheets: int, name: str) -> str:
    named = "".join(
        f'<sheet name={quoteattr(name if sheets == 1 else f"{name} {each}")} sheetId="{each}" r:id="rId{each}"/>'
        for each in range(1, sheets + 1)
    )
    return f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{named}</sheets></workbook>'


def _relate_sheets(sheets: int) -> str:
    related = "".join(
        f'<Relationship Id="rId{each}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{each}.xml"/>'
        for each in range(1, sheets + 1)
    )
    styles = f'<Relationship Id="rId{sheets + 1}" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{related}{styles}</Relationships>'


def _name_types(sheets: int) -> str:
    parts = [("xl/workbook.xml", f"{_TYPE}.sheet.main+xml"), ("xl/styles.xml", f"{_TYPE}.styles+xml")]
    parts += [("docProps/core.xml", "application/vnd.openxmlformats-package.core-properties+xml")]
    parts += [(f"xl/worksheets/sheet{each}.xml", f"{_TYPE}.worksheet+xml") for each in range(1, sheets + 1)]
    typed = "".join(f'<Override PartName="/{name}" ContentType="{kind}"/>' for name, kind in parts)
    relations = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'{_XML}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" ContentType="{relations}"/>'
        f"{typed}</Types>"
    )


def _tell_of(head: ExportHead) -> str:
    return (
        f'{_XML}<cp:coreProperties xmlns:cp="{_PACKAGE}/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{escape(head.title)}</dc:title><dc:creator>{escape(head.operator)}</dc:creator>"
        f"<dc:description>{escape(head.mark)}</dc:description></cp:coreProperties>"
    )
