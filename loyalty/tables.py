"""Where do this room's tables stand?"""

from sqlalchemy import MetaData

metadata = MetaData()
