"""Make two small git repositories under .cache/demo/planted, the same ones each time.

dora/deploy-notes holds a made-up access token. zoe/snippets belongs to an owner who has opted out, and holds
a copy of a file that dora has too.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

PLANTED = Path(__file__).parent.parent.parent / ".cache" / "demo" / "planted"

LICENSE = """\
MIT License

Copyright (c) 2024 {holder}

Permission is hereby granted, free of charge, to any person obtaining a copy of this software
and associated documentation files (the "Software"), to deal in the Software without
restriction, including without limitation the rights to use, copy, modify, merge, publish,
distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the
Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or
substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING
BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND
NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM,
DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

RETRY = '''\
"""Try a call again when it fails."""

import time


def retry(call, attempts=3, pause=0.5):
    for attempt in range(attempts):
        try:
            return call()
        except OSError:
            if attempt + 1 == attempts:
                raise
            time.sleep(pause * 2**attempt)
'''

# The shape of a real token, in two pieces so that no scanner takes this file for a leak.
TOKEN = "ghp_" + "R8vK2mQ7xZ4tB9nL3sW6yC1dF5gH0jP8kA2e"

DEPLOY = f'''\
"""Put a build on the staging machine."""

import urllib.request

TOKEN = "{TOKEN}"


def deploy(build):
    request = urllib.request.Request("https://staging.example/deploy", data=build)
    request.add_header("Authorization", "Bearer " + TOKEN)
    return urllib.request.urlopen(request)
'''

SLUG = '''\
"""Turn titles into parts of addresses."""

import re


def slug(title):
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
'''

REPOSITORIES = {
    "dora/deploy-notes": {"LICENSE": LICENSE.format(holder="Dora"), "deploy.py": DEPLOY, "retry.py": RETRY},
    "zoe/snippets": {"LICENSE": LICENSE.format(holder="Zoe"), "retry.py": RETRY, "slug.py": SLUG},
}

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_NAME": "Demo",
    "GIT_AUTHOR_EMAIL": "demo@forge.example",
    "GIT_AUTHOR_DATE": "2024-05-01T12:00:00+0000",
    "GIT_COMMITTER_NAME": "Demo",
    "GIT_COMMITTER_EMAIL": "demo@forge.example",
    "GIT_COMMITTER_DATE": "2024-05-01T12:00:00+0000",
}


def git(folder: Path, *arguments: str) -> None:
    """Run git in a folder, without anybody's configuration."""
    subprocess.run(["git", *arguments], cwd=folder, env=ENVIRONMENT, check=True)


def main() -> None:
    """Make the repositories anew."""
    shutil.rmtree(PLANTED, ignore_errors=True)
    for name, files in REPOSITORIES.items():
        folder = PLANTED / name
        folder.mkdir(parents=True)
        git(folder, "init", "--quiet", "--initial-branch=main")
        for path, text in files.items():
            (folder / path).write_text(text, encoding="utf-8", newline="\n")
        git(folder, "add", "--all")
        git(folder, "commit", "--quiet", "--message", "Begin")


if __name__ == "__main__":
    main()
