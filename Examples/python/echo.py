"""An HTTP function in Python: sends the request's body back and says what it was."""

import base64


def handler(event, context):
    body = event.get("body", "")
    if event.get("isBase64Encoded"):
        body = base64.b64decode(body)
    else:
        body = body.encode()
    return {
        "statusCode": 200,
        "headers": {
            "content-type": event["headers"].get("content-type", "application/octet-stream"),
            "x-method": event["requestContext"]["http"]["method"],
            "x-length": str(len(body)),
        },
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
    }
