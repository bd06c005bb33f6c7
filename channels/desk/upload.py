"""What was typed or chosen in a form that also takes a file?"""

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from channels.browser.own_form import read_form

FIELDS_MOST = 10
_KIND = "multipart/form-data"


async def read_upload(request: Request, *, most_bytes: int) -> dict[str, str]:
    """The fields, a chosen file's text in place of its name; empty when it is larger than ours can be, does not say how
    large it is, or is of another kind. A file that is no UTF-8 keeps marks where it is not."""
    if not request.headers.get("content-type", "").startswith(_KIND):
        return await read_form(request, most_bytes=most_bytes)
    length = request.headers.get("content-length", "")
    if not (length.isascii() and length.isdigit() and len(length) < 12 and int(length) <= most_bytes):
        return {}
    try:
        form = await request.form(max_files=1, max_fields=FIELDS_MOST, max_part_size=most_bytes)
    except HTTPException:  # what starlette makes of a body that is none
        return {}
    read: dict[str, str] = {}
    for name, value in form.multi_items():
        read[name] = await _read_text(value) if isinstance(value, UploadFile) else value
    await form.close()
    return read


async def _read_text(file: UploadFile) -> str:
    return (await file.read()).decode("utf-8-sig", "replace")
