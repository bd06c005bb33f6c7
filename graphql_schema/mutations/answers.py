"""What can every deed answer beside its own success?"""

from graphql_schema.types.refusal import (
    BadInput,
    DeedOff,
    KeyReused,
    NotYours,
    Rests,
    SignInRequired,
    StepUpRequired,
    StillUnderWay,
)

Always = SignInRequired | StepUpRequired | NotYours | Rests | KeyReused | StillUnderWay | BadInput | DeedOff
"""A step-up page, sheet, question or prompt follows StepUpRequired; the others end the attempt."""
