"""Keep a copy of a public table: python keep_copy.py https://…/api/v1/areas.csv areas.csv

Run it every night. It needs Python 3.9 or newer and nothing else. When no record has changed, the site answers so in a
few bytes and the copy stays as it is. 毎晩動かせば、変わったときだけ受け取ります。
"""

import sys
import time
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen


def keep_copy(address: str, copy: Path, tries: int = 5) -> bool:
    """Bring the copy up to date; False when it was. The answer's ETag is kept beside it as `copy.etag`."""
    mark = copy.with_name(copy.name + ".etag")
    known = mark.read_text() if copy.exists() and mark.exists() else ""
    for left in reversed(range(tries)):
        try:
            with urlopen(Request(address, headers={"If-None-Match": known}), timeout=60) as answer:
                content, etag = answer.read(), answer.headers["ETag"]
            break
        except HTTPError as refusal:
            if refusal.code == 304:
                return False
            if refusal.code not in {429, 503} or not left:  # too many requests, or not able to answer now
                raise SystemExit(f"{refusal.code}: {refusal.read().decode(errors='replace')}") from None
            time.sleep(int(refusal.headers.get("Retry-After") or 30))
    new = copy.with_name(copy.name + ".new")
    new.write_bytes(content)
    mark.unlink(missing_ok=True)  # an old mark must never stand beside a new copy
    new.replace(copy)
    mark.write_text(etag)
    return True


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    print("更新しました / updated" if keep_copy(sys.argv[1], Path(sys.argv[2])) else "変わっていません / no change")
