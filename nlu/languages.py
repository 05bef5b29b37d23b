"""In which language a text is written: by its script; for Latin letters by the small words of sentences."""

import re
import unicodedata

import opencc

from nlu.understanding import Language

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
_KANA = re.compile(r"[\u3041-\u30fa\u31f0-\u31ff\uff66-\uff9d]")
_LATIN_WORD = re.compile(r"[a-z\u00df-\u00f6\u00f8-\u024f\u1e00-\u1eff]+(?:'[a-z]+)?")
_OTHER_LETTER = re.compile(
    r"[\u0370-\u052f\u0530-\u074f\u0780-\u07bf\u0900-\u10ff\u1100-\u11ff\u1200-\u1cff\u3130-\u318f\uac00-\ud7af]"
)
_CHINESE_GRAMMAR = re.compile(r"[吗嗎呢吧的了是怎什甚哪么麼能可在亲親请請]")
_LINK = re.compile(r"(?:https?://|www\.)\S+|\S+@\S+")

_COMMON = "".join(map(chr, range(0x4E00, 0xA000)))
_TRADITIONAL = frozenset(
    before
    for before, after in zip(_COMMON, opencc.OpenCC("t2s").convert(_COMMON), strict=True)
    if before != after
) | frozenset("唔嘅咗嘢冇哋喺啲佢嚟妳")
_SIMPLIFIED = (
    frozenset(
        before
        for before, after in zip(_COMMON, opencc.OpenCC("s2t").convert(_COMMON), strict=True)
        if before != after
    )
    - _TRADITIONAL
    - frozenset("了后里干面台只出准志愿向回当系布卷制周吃尽几松采")  # used by both
)

# Small words of English, and those that short messages to a shop are made of.
_ENGLISH_WORDS = """
i you we they he she it's i'm i've i'd my your our their his her its me us them the this that these those
there is are was were be been am do does did don't doesn't didn't can can't cannot could would should will
won't have has had haven't not and or but if because what when where which who why how of to for with from
about into at by on any some all please thanks thank hello hi hey pls want need get got give make help
know let just still yet again order refund return delivery account send sent ship shipped shipping item
buy bought pay paid cancel change someone anyone agent human speak talk wheres whats hows im ive dont cant
"""
# Words of other Latin languages (es fr de pt it nl id vi tr pl sv tl) that English sentences do not have.
_OTHER_WORDS = """
el los las una es está esta tu su que qué con por para pero como cómo dónde donde cuándo cuando quiero
tengo puedo hola gracias pedido pedidos mis muy del al lo le necesito je il elle nous vous les des une est
sont mon mes votre où quand comment pourquoi avec pour dans pas ne bonjour merci commande voudrais puis-je
c'est j'ai quel quelle sur du et der das ein eine einen ist sind ich wir ihr mein meine mir mich nicht und
wo wann wie warum mit für auf von zu kann habe hallo danke bestellung bitte möchte wird os uma meu minha
não nao você voce quando onde obrigado obrigada olá ola quero preciso fazer gli uno sono mio mia non dove
perché grazie ciao ordine vorrei posso della che de het een ik jij wij mijn niet waar wanneer hoe waarom
bestelling dank graag saya anda kamu aku tidak bisa apa apakah bagaimana kapan dimana mana pesanan terima
kasih yang dan untuk dengan ini itu sudah belum tolong barang sampai kenapa mau boleh tôi bạn của không là
ở đâu đơn hàng khi nào cảm ơn xin chào cho hỏi toi ban khong don hang cam chao ve bir nerede nasıl için
siparişim siparis merhaba teşekkürler neden değil var yok mı jest nie się gdzie kiedy jak dlaczego moje
moja zamówienie dzień dobry dziękuję proszę czy jag och är inte min mitt när hur tack hej beställning ang
ng mga ko po ako ba hindi saan kailan paano salamat kumusta
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_OTHER_LATIN = frozenset(_OTHER_WORDS.split())
_BORROWED = frozenset(("café", "fiancé", "fiancée", "naïve", "résumé", "décor", "touché"))


def detect_language(text: str) -> Language:
    """The language that carries the text; `other` also for texts without any letters."""
    plain = _LINK.sub(" ", unicodedata.normalize("NFKC", text).lower().replace("’", "'"))
    han = _HAN.findall(plain)
    words = _LATIN_WORD.findall(plain)
    kana = len(_KANA.findall(plain))
    if kana >= 2 or (kana and not han):
        return "other"
    foreign = len(_OTHER_LETTER.findall(plain))
    if foreign > len(han) + sum(map(len, words)):
        return "other"
    if han and not _is_english_with_han(plain, words, len(han)):
        return _chinese(han)
    return _latin(words) if words else "other"


def _is_english_with_han(plain: str, words: list[str], han: int) -> bool:
    """An English sentence that names something in Chinese: 'use my 积分 on this order'."""
    return (
        2 * len(words) > han
        and any(word in _ENGLISH for word in words)
        and not _CHINESE_GRAMMAR.search(plain)
    )


def _chinese(han: list[str]) -> Language:
    traditional = sum(character in _TRADITIONAL for character in han)
    simplified = sum(character in _SIMPLIFIED for character in han)
    return "zh-Hant" if traditional and traditional >= simplified else "zh-Hans"


def _latin(words: list[str]) -> Language:
    english = sum(word in _ENGLISH for word in words)
    other = sum(word in _OTHER_LATIN or not (word.isascii() or word in _BORROWED) for word in words)
    if other > english or (other and other == english and len(words) < 5):
        return "other"
    return "en"
