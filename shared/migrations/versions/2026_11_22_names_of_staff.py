"""names of staff."""

import sqlalchemy as sa
from alembic import op

revision = "5d0b7a1c93e4"
down_revision = "c2183c128b61"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff_state", sa.Column("name", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("staff_state", "name")
