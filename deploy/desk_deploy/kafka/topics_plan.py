"""The document `topics.yaml`, and the check of an existing topic against it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt

from desk_deploy.resources import resource

FOR_EVER = -1
MILLISECONDS_PER_DAY = 86_400_000


class TopicPlan(BaseModel):
    """The declaration of one topic. `retention_days` None: unlimited."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    partitions: PositiveInt
    retention_days: PositiveInt | None


class TopicsPlan(BaseModel):
    """The document `topics.yaml`."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    max_message_bytes: PositiveInt
    topics: dict[Annotated[str, Field(pattern=r"^[a-z0-9.]+$")], TopicPlan]


def load_plan(path: Path | None = None) -> TopicsPlan:
    """Read the document; pydantic's error names the wrong field."""
    return TopicsPlan.model_validate(yaml.safe_load((path or resource("topics.yaml")).read_text()))


def topic_settings(topic: TopicPlan, max_message_bytes: int) -> dict[str, str]:
    """The topic's settings by Kafka's names."""
    retention = FOR_EVER if topic.retention_days is None else topic.retention_days * MILLISECONDS_PER_DAY
    return {
        "cleanup.policy": "delete",
        "retention.ms": str(retention),
        "retention.bytes": str(FOR_EVER),
        "max.message.bytes": str(max_message_bytes),
        "compression.type": "producer",
        "message.timestamp.type": "CreateTime",
    }


def complaint(partitions: int, settings: Mapping[str, str], topic: TopicPlan, max_message_bytes: int) -> str | None:
    """The reason why an existing topic cannot carry the facts, with the remedy, or None. Higher values are accepted:
    more partitions from its creation on, longer retention, larger messages.
    """
    if partitions < topic.partitions:
        return (
            f"partitions: has {partitions}, declared are {topic.partitions}; adding some breaks the order per key: "
            "delete the topic and run `desk republish --all`, or declare its number in topics.yaml"
        )
    want = topic_settings(topic, max_message_bytes)
    enough = {
        "cleanup.policy": settings["cleanup.policy"] == want["cleanup.policy"],
        "retention.ms": _lasts(settings["retention.ms"], want["retention.ms"]),
        "retention.bytes": _lasts(settings["retention.bytes"], want["retention.bytes"]),
        "max.message.bytes": int(settings["max.message.bytes"]) >= int(want["max.message.bytes"]),
    }
    for name, fine in enough.items():
        if not fine:
            return (
                f"{name}: is {settings[name]}, declared is {want[name]}: set it by `kafka-configs.sh --alter "
                f"--entity-type topics --add-config {name}={want[name]}`, or change the declaration in topics.yaml"
            )
    return None


def _lasts(have: str, want: str) -> bool:
    return int(have) == FOR_EVER or (int(want) != FOR_EVER and int(have) >= int(want))
