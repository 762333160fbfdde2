"""Ask every address outside the site whether it is still there: `make links`, which needs the network.

A DOI is looked up at doi.org, since publishers turn programs away. What answers that it is not for us (401, 403, 429, ...)
is listed, and no failure.
"""

import json
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote, urldefrag
from urllib.request import Request, urlopen

from lxml import html

SITE = Path(__file__).parents[1] / "site"
DOI = "https://doi.org/"


def outside():
    """Each address -> the pages that lead to it."""
    found = defaultdict(set)
    for page in SITE.rglob("*.html"):
        for link in html.parse(page).getroot().iterfind(".//a[@href]"):
            if link.get("href").startswith(("http://", "https://")):
                found[urldefrag(link.get("href"))[0]].add(page.relative_to(SITE).as_posix())
    return found


def answer(address):
    """What an address says: "", or what is wrong with it."""
    asked = f"{DOI}api/handles/{unquote(address.removeprefix(DOI))}" if address.startswith(DOI) else address
    try:
        with urlopen(Request(asked, headers={"User-Agent": "Mozilla/5.0 (links of dezero_lite)"}), timeout=30) as reply:
            return "" if asked == address or json.load(reply)["responseCode"] == 1 else "no such DOI"
    except HTTPError as error:
        return str(error.code)
    except OSError as error:
        return f"no answer ({error})"


def main():
    addresses = outside()
    with ThreadPoolExecutor(8) as pool:
        answers = dict(zip(addresses, pool.map(answer, addresses)))
    wrong = {address: said for address, said in answers.items() if said}
    for address, said in sorted(wrong.items()):
        print(f"{said}: {address}, on {', '.join(sorted(addresses[address])[:3])}")
    gone = [said for said in wrong.values() if not said.isdigit() or said in ("404", "410")]
    print(f"{len(addresses)} addresses: {len(gone)} are not there, {len(wrong) - len(gone)} would not say")
    return bool(gone)


if __name__ == "__main__":
    sys.exit(main())
