"""Stands in for libraries that Rasa imports at its start and a bot of rules never calls: TensorFlow, channels
of companies, databases' drivers. Import it before `rasa`. A library that is installed is taken itself.

Every name of a missing library is a class that can be called, derived from, subscripted and used as a
decorator.
"""

import importlib.abc
import importlib.machinery
import sys
import types

MISSING = frozenset(
    "aiogram fbmessenger google h5py joblib keras matplotlib mattermostwrapper networkx psycopg2 pydot rocketchat_API"
    " safetensors sentry_sdk sklearn sklearn_crfsuite skops slack slack_sdk structlog_sentry tensorflow"
    " tensorflow_addons tensorflow_hub tensorflow_text twilio webexteamssdk".split()
)


def _name(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return _Anything(name, (_Something,), {})


class _Anything(type):
    """The type of a missing library's names."""

    def __getattr__(cls, name):
        return _name(name)

    def __or__(cls, other):
        return cls

    __ror__ = __or__


class _Something(metaclass=_Anything):
    def __init__(self, *args, **kwargs):
        pass

    def __call__(self, *args, **kwargs):
        """As a decorator it leaves what it decorates as it is."""
        decorates = len(args) == 1 and callable(args[0]) and not kwargs
        return args[0] if decorates else _Something()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Something()

    def __class_getitem__(cls, item):
        return cls


class _Module(types.ModuleType):
    __path__ = []
    __version__ = "0"

    def __getattr__(self, name):
        value = _name(name)
        setattr(self, name, value)
        return value


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes after all others, so that it finds only what they don't."""

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in MISSING:
            return None
        return importlib.machinery.ModuleSpec(name, self, is_package=True)

    def create_module(self, spec):
        return _Module(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.append(_Finder())
