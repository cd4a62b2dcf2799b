"""Passwords that are easy to read out and to type on any keyboard: three Swedish words and a number."""

from __future__ import annotations

import secrets

#: Everyday things, without å, ä and ö, none the beginning of another.
_LIST = """
aftonsol ankare apelsin arbete balkong banan barkbit bastu batteri betong bilist bjork blad blixt blomma boplats
bricka brygga buske bussar cykel dagbok dalgang diamant docka dragkedja droppe duvslag ekorre elefant elvisp
emalj etikett fabrik fackla farvatten fasad fikapaus filmjolk fjord flagga fluga fotboll frimurare fullmakt
gardin gitarr glasbruk glimmer golfbana granit grotta gurka hallon hammare handske harpa hatthylla havtorn
helikopter hjorthorn honung humla husvagn iglo ingenjor isbit jacka jasmin jordgubbe julgran kaffe kaktus
kamera kanel kantarell kardborre karta kastrull katedral klarinett klocka kloster knapp kompass konsert korg
krita krona kudde kullerbytta kvarn lagerblad lampa lastbil lavendel lejon limpa lingon linjal lokomotiv lupin
lykta magnet mandarin mantel margarin marmor mossa motor mugg muskot myrstig mynta nattljus nejlon nyckel
oliv orgel orkester ostbricka paddel palats panna papper paraply pendel penna persika pilbage pingvin pir
planka plommon polstjarna potatis prisma propeller pumpa radio ramsa raket regnbage renskav revben ringklocka
robot rosenbuske ruta sadel saffran sandal segel silver sirap sjal skafferi skidor skog skruv slott smultron
smycke snickare socker soffa spade spegel spindel stege sten stjarna strand strumpa svamp svan tablett tallrik
tavla teater tegel telefon tidning timme tofs torn trappa trumpet tulpan tunnel tvist ugn ulltuss vagga valnot
vanilj vattenfall vedtrave verkstad vinbar viskning vitsippa vulkan yoghurt zebra
"""
WORDS = tuple(_LIST.split())
_NUMBERS = range(100, 1000)


def password() -> str:
    """A new one, at random, such as ``brygga-kaktus-lykta-482``."""
    return "-".join([*(secrets.choice(WORDS) for _ in range(3)), str(secrets.choice(_NUMBERS))])
