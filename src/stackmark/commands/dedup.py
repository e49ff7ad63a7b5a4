"""`stackmark dedup`: near-duplicates among files, or rows of Parquet and JSON Lines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from stackmark.commands import as_json, show
from stackmark.commands._output import written
from stackmark.release.words import plural

if TYPE_CHECKING:
    import pyarrow as pa

    from stackmark.dedup.documents import Documents


@click.command(
    "dedup",
    short_help="Find near-duplicates among files or rows.",
    epilog="Example: stackmark dedup src/ --threshold 0.8 --report near.html",
)
@click.argument("places", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--threshold", default=0.7, show_default=True, help="Least Jaccard similarity to the representative.")
@click.option("--column", help="The column of a table with the text; content, text, code ... are found by themselves.")
@click.option("--within", help="A column of a table; only rows that agree in it are compared.")
@click.option("--structural", is_flag=True, help="Compare code by its structure: find renamed copies as well.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the clusters as Parquet.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write a page, side by side.")
@as_json
def command(
    places: tuple[Path, ...],
    threshold: float,
    column: str | None,
    within: str | None,
    structural: bool,
    output: Path | None,
    report: Path | None,
    as_json: bool,
) -> int:
    """Find near-duplicates in PLACES: files, folders, and the rows of .parquet and .jsonl files.

    Two texts are near-duplicates if their sets of five-word shingles have at least the threshold in common; each
    cluster is represented by the text that was named first. Ends with 1 if any were found, or a text could not be
    read.
    """
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from stackmark.dedup import documents, page

    texts = documents.read(places, column, within)
    found = compare(texts, threshold, structural)
    rows = named(found, texts.names)
    if output:
        with written(output) as temporary:
            pq.write_table(rows, temporary)
    if report:
        with written(report) as temporary:
            temporary.write_text(page.render(found, texts.names, texts.contents, threshold), "utf-8")
    near = named(found.filter(pc.not_equal(found["content_id"], found["representative_id"])), texts.names)
    tell(near, texts, as_json)
    return 1 if near.num_rows or texts.problems else 0


def compare(texts: Documents, threshold: float, structural: bool) -> pa.Table:
    """Return the clusters of texts, which are numbered in `content_id`."""
    import pyarrow as pa

    from stackmark import languages
    from stackmark.dedup.near import near_duplicates
    from stackmark.dedup.structural import structural_clones

    numbers = range(len(texts.names))
    table = pa.table(
        {
            "content_id": pa.array([f"{number:012d}" for number in numbers], pa.string()),
            "content": texts.contents,
            "rank": pa.array(numbers, pa.int64()),
            "scope": pa.nulls(len(numbers), pa.string()) if texts.scopes is None else texts.scopes,
        }
    )
    if not structural:
        return near_duplicates(table, threshold, within="scope")
    contents = (one.as_py() or b"" for one in texts.contents)
    known = [languages.detect(name, content) for name, content in zip(texts.names, contents, strict=True)]
    named = pa.array([language.name if language else None for language in known], pa.string())
    return structural_clones(table.append_column("language", named), threshold, within="scope")


def named(found: pa.Table, names: list[str]) -> pa.Table:
    """Return the clusters by the names of the texts: text, representative, jaccard and a number for the cluster."""
    import pyarrow as pa

    rows = found.sort_by([("cluster_id", "ascending"), ("content_id", "ascending")])
    ids = rows["cluster_id"].to_pylist()
    clusters = {one: number for number, one in enumerate(dict.fromkeys(ids))}
    return pa.table(
        {
            "cluster": pa.array([clusters[one] for one in ids], pa.int64()),
            "text": pa.array([names[int(one)] for one in rows["content_id"].to_pylist()], pa.string()),
            "representative": pa.array([names[int(one)] for one in rows["representative_id"].to_pylist()], pa.string()),
            "jaccard": rows["jaccard"],
        }
    )


def tell(near: pa.Table, texts: Documents, as_json: bool) -> None:
    """Print what was found: the clusters without those that stand for them."""
    from stackmark import terminal

    members = near.to_pylist()
    if as_json:
        clusters: dict[str, list[dict[str, object]]] = {}
        for row in members:
            clusters.setdefault(row["representative"], []).append({"text": row["text"], "jaccard": row["jaccard"]})
        listing = [{"representative": name, "members": near} for name, near in clusters.items()]
        counts = {"texts": len(texts.names), "binary": texts.binary, "near_duplicates": len(members)}
        show({**counts, "clusters": listing, "problems": texts.problems})
        return
    for problem in texts.problems:
        click.echo(f"Not read: {terminal.safe(problem)}", err=True)
    listed = sorted(members, key=lambda row: (-row["jaccard"], row["text"]))
    shown = [(row["text"], row["representative"], f"{row['jaccard']:.3f}") for row in listed[:40]]
    if shown:
        terminal.table("Near-duplicates", ("text", "is near to", "jaccard"), shown, numbers=1)
    more = f" ({len(listed) - len(shown):,} more are not shown)" if len(listed) > len(shown) else ""
    clusters_found = plural(len({row["cluster"] for row in members}), "cluster")
    texts_read = plural(len(texts.names), "text")
    are = "is a near-duplicate" if len(members) == 1 else "are near-duplicates"
    click.echo(f"{len(members):,} of {texts_read} {are}, in {clusters_found}{more}.")
    if texts.binary:
        click.echo(f"Left out: {plural(texts.binary, 'file that is', 'files that are')} not text.")
