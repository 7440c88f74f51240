"""Make `addresses.tsv.xz` from the training data of usaddress."""

from collections.abc import Mapping

from unrolled.data.making.archive import Archive
from unrolled.data.making.tagged import columns, consistent, read_xml, split
from unrolled.data.making.write import tsv, xz


def derive(archives: Mapping[str, Archive]) -> dict[str, bytes]:
    """Keep each address once, without those that name a recipient, split at random."""
    rows = read_xml(archives["usaddress"].read("usaddress-0.5.16/training/labeled.xml"))
    # Of 82 recipients some 35 are persons: their names do not belong beside where they live or work.
    rows = consistent(row for row in rows if "Recipient" not in row.labels)
    train, validation, test = split(rows, seed=20)
    cells = columns(train + validation + test, train)
    return {"addresses.tsv.xz": xz(tsv(("tokens", "labels", "unseen"), cells))}
