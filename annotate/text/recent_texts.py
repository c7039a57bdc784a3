"""What was made of texts lately, kept by its size: one answer may be as long as a book."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class RecentTexts(Generic[Key, Value]):
    """The values used last, `most` bytes of them together, for all threads of a process.

    A value larger than a quarter of that is not kept: it would push out what many people share.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.size = 0
        self._kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Key) -> Value | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: Key, value: Value, *, size: int) -> None:
        if size > self.most // 4:
            return
        with self._lock:
            _value, replaced = self._kept.pop(key, (value, 0))
            self._kept[key] = (value, size)
            self.size += size - replaced
            while self.size > self.most:
                _oldest, (_value, freed) = self._kept.popitem(last=False)
                self.size -= freed
