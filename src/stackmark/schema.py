"""The Arrow schemas that the rooms exchange. Ids are 20 raw bytes inside and 40 hex digits in a release.

Ids are variable-length `binary` and not `binary(20)`: the dataframe engine sorts and joins only the former.
Dates of revisions are whole seconds since 1970 because git allows years that Parquet's timestamps do not.
"""

from __future__ import annotations

import pyarrow as pa

ID = pa.binary()

#: A repository at one revision. `origin_no` is its place in the order (origin_url, revision_id).
ORIGINS = pa.schema(
    [
        ("origin_no", pa.int32()),
        ("origin_url", pa.string()),
        ("vcs", pa.string()),  # git, archive
        ("revision_id", ID),  # git: the commit; archive: the git blob id of the archive file itself
        ("snapshot_id", ID),
        ("directory_id", ID),
        ("branch_name", pa.string()),
        ("branch_rule", pa.string()),
        ("revision_date", pa.int64()),  # author date, seconds
        ("committer_date", pa.int64()),
        ("flags", pa.list_(pa.string())),
        ("problem", pa.string()),  # why nothing could be listed; null when all is well
        ("detail", pa.string()),
    ]
)

#: One path in one tree, as a source lists it.
ENTRIES = pa.schema(
    [
        ("path", pa.binary()),  # no leading slash, b"/" between parts
        ("mode", pa.int32()),  # as recorded, e.g. 0o100644
        ("kind", pa.string()),  # file, symlink, submodule, directory, special
        ("content_id", ID),  # file, symlink: blob; submodule: commit; directory: tree
        ("length", pa.int64()),  # null where listing does not tell
        ("problem", pa.string()),  # rule that quarantines or skips this entry already now, else null
        ("detail", pa.string()),
    ]
)

#: A unique blob as a source delivers it.
CONTENTS = pa.schema(
    [
        ("content_id", ID),
        ("blob_id", ID),  # plain SHA-1
        ("sha256", pa.binary()),
        ("length", pa.int64()),
        ("status", pa.string()),  # ok, missing, too_large, corrupt, timeout
        ("detail", pa.string()),
        ("data", pa.large_binary()),  # null unless ok
    ]
)

#: What a detector is given. `text` is the content as UTF-8, null when it is not text; `encoding` says from what.
INSPECTED = pa.schema(
    [
        ("content_id", ID),
        ("data", pa.large_binary()),
        ("text", pa.large_binary()),
        ("encoding", pa.string()),
    ]
)

OUTCOMES = ("kept", "duplicate", "near-duplicate", "dropped", "opted-out", "skipped", "quarantined")

#: A row of `data/`: one kept content. The names of The Stack v2 come first.
DATA = pa.schema(
    [
        ("blob_id", pa.string()),
        ("directory_id", pa.string()),
        ("path", pa.string()),  # with a leading slash, as The Stack v2 has it
        ("content_id", pa.string()),
        ("detected_licenses", pa.list_(pa.string())),
        ("license_type", pa.string()),  # permissive, no_license, non_permissive
        ("repo_name", pa.string()),
        ("snapshot_id", pa.string()),
        ("revision_id", pa.string()),
        ("branch_name", pa.string()),
        ("visit_date", pa.timestamp("us", "UTC")),
        ("revision_date", pa.timestamp("us", "UTC")),
        ("committer_date", pa.timestamp("us", "UTC")),
        ("src_encoding", pa.string()),
        ("language", pa.string()),
        ("is_vendor", pa.bool_()),
        ("is_generated", pa.bool_()),
        ("length_bytes", pa.int64()),
        ("extension", pa.string()),
        ("origin_url", pa.string()),
        ("license_expression", pa.string()),
        ("license_class", pa.string()),
        ("license_basis", pa.string()),
        ("license_conflict", pa.bool_()),
        ("language_strategy", pa.string()),
        ("num_lines", pa.int64()),
        ("avg_line_length", pa.float64()),
        ("max_line_length", pa.int64()),
        ("alpha_fraction", pa.float64()),
        ("alphanum_fraction", pa.float64()),
        ("copies", pa.int64()),  # entries of this build with these bytes, this one included
        ("cluster_id", pa.string()),  # lowest content id among near-duplicates; null for what has none
        ("near_duplicates", pa.int64()),  # other contents that it stands for
        ("redactions", pa.int64()),
        ("content", pa.large_string()),
    ]
)

#: A row of `ledger/`: the fate of one entry. An origin of which nothing was listed has one row with kind "origin".
LEDGER = pa.schema(
    [
        ("origin_url", pa.string()),
        ("revision_id", pa.string()),
        ("path", pa.string()),  # readable copy, no leading slash
        ("path_bytes", pa.binary()),
        ("kind", pa.string()),
        ("content_id", pa.string()),
        ("length_bytes", pa.int64()),
        ("language", pa.string()),
        ("language_strategy", pa.string()),
        ("license_expression", pa.string()),
        ("license_class", pa.string()),
        ("license_basis", pa.string()),
        ("license_evidence", pa.string()),  # path of the file that the answer rests on
        ("license_conflict", pa.bool_()),
        ("outcome", pa.string()),
        ("stage", pa.string()),
        ("rule", pa.string()),
        ("detail", pa.string()),  # one plain sentence
        ("kept_origin_url", pa.string()),  # for duplicates and near-duplicates: where the kept one stands
        ("kept_path", pa.string()),
        ("cluster_id", pa.string()),  # of near-duplicates: the lowest content id among them
        ("jaccard", pa.float64()),  # exact similarity to the representative; 1 for itself
    ]
)

#: A row of `provenance/`: one place where a kept content stands. Opted-out places are not listed.
PROVENANCE = pa.schema(
    [
        ("content_id", pa.string()),
        ("origin_url", pa.string()),
        ("revision_id", pa.string()),
        ("path", pa.string()),
        ("outcome", pa.string()),
        ("license_expression", pa.string()),
        ("license_class", pa.string()),
        ("is_vendor", pa.bool_()),
    ]
)

#: `provenance/origins.parquet`: one row per origin.
RELEASE_ORIGINS = pa.schema(
    [
        ("origin_url", pa.string()),
        ("vcs", pa.string()),
        ("revision_id", pa.string()),
        ("snapshot_id", pa.string()),
        ("directory_id", pa.string()),
        ("branch_name", pa.string()),
        ("branch_rule", pa.string()),
        ("revision_date", pa.timestamp("us", "UTC")),
        ("committer_date", pa.timestamp("us", "UTC")),
        ("flags", pa.list_(pa.string())),
        ("entries", pa.int64()),
        ("kept", pa.int64()),
        ("similar_to", pa.string()),  # origin of which this one is a copy; null if it is none, or was not compared
        ("similarity", pa.float64()),  # exact, weighted Jaccard of the contents of both
        ("identical", pa.bool_()),  # whether both have the very same tree
    ]
)

#: A row of `audit/`: one finding of personal data or a secret in a kept content. Never a value, nor a hash of one.
#: Offsets are bytes of the text as UTF-8, before (in what `content_id` names) and after (in `data/`).
AUDIT = pa.schema(
    [
        ("content_id", pa.string()),
        ("origin_url", pa.string()),
        ("revision_id", pa.string()),
        ("path", pa.string()),
        ("start", pa.int64()),
        ("end", pa.int64()),
        ("start_after", pa.int64()),
        ("end_after", pa.int64()),
        ("type", pa.string()),
        ("rule", pa.string()),
        ("score", pa.float64()),
        ("action", pa.string()),  # redact, tag
        ("ordinal", pa.int64()),  # which different value of its type in its repository, from 1; null for a tag
    ]
)
