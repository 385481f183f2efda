"""What a job that does not fail leaves: its file, and the result that tells of it."""

from dataclasses import replace

from .drawing import EXTENSIONS
from .files import FileRecord
from .jobs import JobRecord


def artifact_of(record: JobRecord) -> tuple[FileRecord, JobRecord]:
    """Return a job's file, made when the job ends, and the job whose result names it.

    record: its result so far is what it tells of the picture.
    """
    meta = {**record.result, "timings": {"total_s": round(record.duration_s, 2)}}
    format = str(record.drawing["format"])
    family = record.subject.split(".")[1]
    file = FileRecord(
        file_id=record.artifact,
        filename=f"{family}_{int(record.ends_at)}.{EXTENSIONS.get(format, 'png')}",
        content_type=f"image/{format}",
        created_at=record.ends_at,
        meta=meta,
        drawing=record.drawing,
        boot=record.boot,
    )
    return file, replace(record, result={"file_id": file.file_id, **meta})
