"""How does a voice browser execute VoiceXML 2.1, in text instead of sound?"""

from sandbox.handset.voicexml.call import Call, Turn
from sandbox.handset.voicexml.prompt import Piece

__all__ = ["Call", "Piece", "Turn"]
