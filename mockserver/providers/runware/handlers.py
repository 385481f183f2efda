"""Which function answers which task type. A task type that is not here gets ``unsupportedTaskType``."""

from collections.abc import Mapping

from .account import account_details, ping, repeated_authentication, search_models, task_details
from .image_inference import answer as infer_image
from .polling import get_response
from .task import Handler
from .training import answer as train
from .uploads import store_media, upload_image

HANDLERS: Mapping[str, Handler] = {
    "authentication": repeated_authentication,
    "ping": ping,
    "imageInference": infer_image,
    "training": train,
    "imageUpload": upload_image,
    "mediaStorage": store_media,
    "modelSearch": search_models,
    "accountManagement": account_details,
    "getTaskDetails": task_details,
    "getResponse": get_response,
}
