"""What a prompt says, as far as a painter of small pictures understands it: light, place, subject, colours, words."""

import re
from dataclasses import dataclass
from functools import lru_cache

from .palette import COLOURS, RGB
from .typography import Quote, quotes

# motif -> words. The motif that a prompt mentions first wins; within one phrase ("old-city alley") the one that stands
# higher here does, for the lists go from particular to general. East Asian words and emoji match anywhere.
_PHRASE_CHARS = 24
_LIGHT_WORDS = {
    "space": "space galaxy nebula cosmos cosmic astronaut planet universe 太空 宇宙 星空 🌌 🚀 🪐",
    "sunset": "sunset golden-hour 日落 夕阳 黄昏 夕焼け 노을 🌅 🌇",
    "dusk": "dusk twilight evening nightfall 傍晚 暮 夕方 저녁",
    "night": "night midnight nocturnal moon moonlight moonlit stars starry neon 夜 晚 月 밤 🌃 🌙 🌕",
    "dawn": "dawn sunrise morning daybreak 早晨 清晨 日出 朝 아침 🌄",
    "storm": "storm stormy rain rainy thunder 雨 暴风 폭풍 ⛈ 🌧",
    "fog": "fog foggy mist misty haze hazy 雾 霧 안개 🌫",
    "winter": "winter snow snowy snowfall ice frozen 冬 雪 겨울 ❄ ⛄",
    "autumn": "autumn fall-colors fall-leaves 秋 가을 🍁 🍂",
    "spring": "spring cherry-blossom blossom sakura 春 樱 桜 봄 🌸",
    "studio": "studio product packaging backdrop isolated 摄影棚 产品",
    "day": "day daylight noon sunny summer 白天 晴 夏 낮 여름 ☀ 🌞",
}
_PLACE_WORDS = {
    "space": "space galaxy nebula cosmos cosmic astronaut planet universe 太空 宇宙 星空 🌌 🚀 🪐",
    "shop": "storefront shopfront shop store bakery cafe café restaurant boutique bookstore 店 咖啡馆 카페 가게 🏪",
    "street": "street alley lane market road downtown 街 巷 路 市场 夜市 거리 시장",
    "city": "city skyline town skyscraper skyscrapers metropolis urban building buildings 城市 城 都市 도시 🏙 🌃 🌆",
    "sea": "sea ocean beach coast wave waves lake harbor harbour island surf shore 海 湖 浪 바다 호수 🌊 🏖 🏝",
    "river": "river canal waterfall stream 江 河 川 강",
    "mountain": "mountain mountains alps peak cliff canyon valley 山 峰 산 ⛰ 🏔 🗻",
    "forest": "forest woods woodland jungle pine pines trees 森 林 숲 🌲",
    "desert": "desert dune dunes sahara 沙漠 사막 🏜",
    "meadow": "meadow field fields garden park grass farm hill hills lawn 草原 花园 田 庭 공원 들판 🌻",
    "studio": "studio product packaging package tin bottle perfume cup mug vase still-life table room interior kitchen "
    "bedroom desk 室内 房间 桌 방 ☕ 🍵",
    "sky": "sky cloud clouds skies 天空 云 雲 空 하늘 ☁",
}
_SUBJECT_WORDS = {
    "tin": "tin canister package packaging box tea-tin 茶叶罐 罐 包装 📦",
    "bottle": "bottle perfume flask wine vase 瓶 병 🍾",
    "cup": "cup mug coffee tea teacup espresso latte 咖啡 茶杯 杯 커피 ☕ 🍵",
    "bowl": "bowl ramen noodles soup dumpling dumplings rice 碗 面 饺 锅贴 국수 🍜 🍲",
    "cat": "cat kitten cats kitty 猫 貓 ネコ 고양이 🐱 🐈 😺",
    "dog": "dog puppy dogs 狗 犬 개 강아지 🐶 🐕",
    "person": "portrait person woman man girl boy people lady face actor headshot 人 女 男 肖像 사람 여자 남자 👩",
    "boat": "boat ship sailboat sail yacht 船 舟 배 ⛵ 🚢",
    "balloon": "balloon balloons 气球 풍선 🎈",
    "bird": "bird birds seagull eagle swallow 鸟 鳥 새 🐦",
    "fish": "fish goldfish koi whale 鱼 魚 물고기 🐟 🐠 🐳",
    "flower": "flower flowers rose tulip daisy lotus peony 花 꽃 🌷 🌹 🌻 🌼 🌺",
    "tree": "tree oak willow maple 树 樹 나무 🌳",
    "house": "house cottage cabin home barn castle temple 房子 家 屋 집 🏠 🏡 🏯",
    "lantern": "lantern lanterns 灯笼 燈 등불 🏮",
    "car": "car taxi automobile truck van bus 汽车 车 차 🚗 🚕",
    "robot": "robot android cyborg mech 机器人 로봇 🤖",
    "heart": "heart love hearts 爱 愛 심장 사랑 ❤ 💛 💙",
}
_SURFACE_WORDS = {
    "neon": "neon 霓虹",
    "wood": "wood wooden signboard sign plaque 招牌 木牌 看板 간판",
    "chalk": "chalkboard blackboard 黑板",
    "wall": "mural graffiti wall wall-painting 壁画 墙",
    "paper": "poster card book label packaging package letter paper magazine cover 海报 卡片 书 标签 포스터",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """A prompt understood; None where it says nothing."""

    light: str | None
    place: str | None
    subject: str | None
    surface: str | None
    colours: tuple[RGB, ...]
    texts: tuple[Quote, ...]


@lru_cache(maxsize=256)
def read(prompt: str) -> Reading:
    """Return what a prompt asks for. Quoted words are to be written, so they are not read for motifs."""
    texts = quotes(prompt)
    plain = prompt
    for quote in texts:
        plain = plain.replace(quote.text, " ")
    plain = plain.lower()
    light, place, subject, surface = (
        _first(plain, words) for words in (_LIGHT_WORDS, _PLACE_WORDS, _SUBJECT_WORDS, _SURFACE_WORDS)
    )
    return Reading(light, place, subject, surface, _colours(plain), texts)


def _first(text: str, groups: dict[str, str]) -> str | None:
    places = {motif: _position(text, words) for motif, words in groups.items()}
    found = {motif: at for motif, at in places.items() if at is not None}
    earliest = min(found.values(), default=0)
    return next((motif for motif, at in found.items() if at <= earliest + _PHRASE_CHARS), None)


def _position(text: str, words: str) -> int | None:
    match = _pattern(words).search(text)
    return match.start() if match else None


def _colours(text: str) -> tuple[RGB, ...]:
    found = dict.fromkeys(COLOURS[match[0]] for match in _pattern(" ".join(COLOURS)).finditer(text))
    return tuple(found)[:4]


@lru_cache(maxsize=64)
def _pattern(words: str) -> re.Pattern[str]:
    """Return the expression for any of the words: whole words where a script has spaces, anywhere else."""
    every = sorted(words.split(), key=len, reverse=True)
    spaced = [re.escape(word).replace(r"\-", "[ -]") for word in every if word[0] < "\u2000"]
    joined = [re.escape(word) for word in every if word[0] >= "\u2000"]
    # Hangul, kana and Han count as word characters, yet an English word may touch them.
    whole = rf"(?<![a-zà-ɏ0-9])(?:{'|'.join(spaced)})(?![a-zà-ɏ0-9])" if spaced else ""
    return re.compile("|".join(filter(None, (whole, "|".join(joined)))))
