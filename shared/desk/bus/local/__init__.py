"""The bus without a broker: reads the peers' event stores in the shared PostgreSQL."""
