"""The bus on Apache Kafka: FastStream consumes, an aiokafka producer publishes, offsets are stored with the facts."""
