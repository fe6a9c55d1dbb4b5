"""Apache Kafka for tests, benchmarks and `desk up --bus kafka`; the topics that `topics.yaml` declares."""
