"""PostgreSQL, by asyncpg and binary COPY."""
