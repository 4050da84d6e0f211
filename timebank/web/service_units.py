"""What services are counted in, in both languages: the words that centres use, one and many."""

from collections.abc import Mapping

ENGLISH: Mapping[str, tuple[str, str]] = {
    "次": ("visit", "visits"),
    "份": ("portion", "portions"),
    "半小时": ("half-hour", "half-hours"),
    "小时": ("hour", "hours"),
    "天": ("day", "days"),
    "位": ("person", "people"),
    "人": ("person", "people"),
    "人次": ("person", "people"),
    "户": ("household", "households"),
    "场": ("session", "sessions"),
    "节": ("lesson", "lessons"),
    "堂": ("lesson", "lessons"),
    "趟": ("trip", "trips"),
    "张": ("ticket", "tickets"),
    "套": ("set", "sets"),
    "件": ("piece", "pieces"),
    "个": ("piece", "pieces"),
    "盒": ("box", "boxes"),
    "包": ("pack", "packs"),
    "袋": ("bag", "bags"),
    "瓶": ("bottle", "bottles"),
    "桶": ("bucket", "buckets"),
    "杯": ("cup", "cups"),
    "碗": ("bowl", "bowls"),
    "餐": ("meal", "meals"),
    "顿": ("meal", "meals"),
    "双": ("pair", "pairs"),
    "斤": ("jin (500 g)", "jin (500 g)"),
}

# What cannot stand behind a number: 1 半小时 is read as one hour and a half, or not at all.
COUNTED: Mapping[str, str] = {"半小时": "个 30 分钟"}
