"""Links that open a lesson or a lab elsewhere, in Colab or in Binder, and what makes the notebook run there."""

from importlib.metadata import version
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from unrolled.authoring.publication import Publication
from unrolled.authoring.source import sources

# Colab opens notebooks that lie in a repository. GitHub Pages publishes a branch, so the copies lie there, with the site.
SITE_BRANCH = "gh-pages"
COPIES = "colab"
# What Colab does not bring, or in an edition that cannot run every lesson: Keras 3.10 fails at a mask in lesson 16.
COLAB_LACKS = ("keras", "sacrebleu")
NOTE = "Colab keeps its own versions of NumPy and TensorFlow, so digits may differ; Binder takes minutes to start."


def links(publication: Publication, source: Path, notebook: Path) -> str:
    """Return one paragraph of Markdown: where else this notebook opens, and what differs there.

    Args:
        publication: whose repository the notebook lies in; without one the paragraph is empty.
        source: the page's source, relative to the course's folder.
        notebook: the generated notebook, relative to the course's folder.
    """
    if publication.repository is None:
        return ""
    repository, branch = publication.repository, publication.branch
    copy = f"{repository}/blob/{SITE_BRANCH}/{COPIES}/{notebook.as_posix()}"
    places = {
        "Open in Colab": f"https://colab.research.google.com/github/{copy}",
        # Binder takes the branch as one part of the path
        "Open in Binder": f"https://mybinder.org/v2/gh/{repository}/{branch.replace('/', '%2F')}?labpath={notebook.as_posix()}",
        "Source on GitHub": f"https://github.com/{repository}/blob/{branch}/{source.as_posix()}",
    }
    return " · ".join(f"[{name}]({place})" for name, place in places.items()) + f". {NOTE}"


def write_copies(root: Path, site: Path, publication: Publication, folders: dict[str, str]) -> None:
    """Write the notebooks as Colab needs them into the site; nothing where no repository is known.

    Args:
        root: the course's folder.
        site: the folder of the built site.
        publication: whose repository the first cell installs from.
        folders: for each folder of sources under `book/`, the folder of its notebooks.
    """
    if publication.repository is None:
        return
    for source in sources(root):
        notebook = Path(folders[source.parent.name], f"{source.stem}.ipynb")
        copy = site / COPIES / notebook
        copy.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(for_colab(nbformat.read(root / notebook, as_version=4), publication), copy)


def for_colab(notebook: NotebookNode, publication: Publication) -> NotebookNode:
    """Put a cell before the notebook's own that installs the course; the rest stays as it is.

    The course is installed without what it depends on: its pins would replace NumPy and TensorFlow, which takes minutes
    and a restart, and the kernel that Colab talks to. What Colab lacks comes in the editions that made the outputs.
    """
    lacking = " ".join(f"{name}=={version(name)}" for name in COLAB_LACKS)
    course = f"unrolled @ git+https://github.com/{publication.repository}@{publication.branch}"
    code = (
        "# Installs the course, and what Colab lacks, from its repository: about half a minute.\n"
        f'%pip install -q --no-deps "{course}"\n'
        f"%pip install -q {lacking}"
    )
    cell = nbformat.v4.new_code_cell(code, id="install-the-course")
    return NotebookNode({**notebook, "cells": [cell, *notebook.cells]})
