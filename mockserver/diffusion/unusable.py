"""Why a pipeline cannot make pictures, in the words that its user reads."""


class ModelUnusable(Exception):
    """An engine or its model cannot be used: packages are missing, or files are, or they are not what they should be.

    The text says what happened, where, and what to do next; it is meant to be shown as it is, without a traceback.
    """


def missing_package(package: str, engine: str, extra: str) -> ModelUnusable:
    """Return the error that says which extra brings a package that an engine needs."""
    return ModelUnusable(
        f"the {engine} engine needs the package {package}, which is not installed; "
        f"next: pip install 'genmock[{extra}]', or serve with --mode fake"
    )
