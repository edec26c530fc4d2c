import Encodings
import S3Storage
import HTTPServer
import FoundationEssentials
import HTTPTypes
import HummingbirdCore
import NIOCore
import S3Protocol
import SigV4

extension S3Responder {
  /// What a browser sends for a form on another site's page: authorised by a signed policy among the form's fields.
  ///
  /// https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
  func postObject(_ bucket: String, _ call: S3Call) async throws -> Response {
    var reader = try FormUpload(call.body, contentType: call.header("content-type"))
    var (fields, filename) = try await reader.fields()
    guard let index = fields.firstIndex(where: { $0.name.lowercased() == "key" }) else {
      throw S3Error(.userKeyMustBeSpecified)
    }
    // Old browsers send the whole path.
    let name = filename.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
    fields[index].value.replace("${filename}", with: name)
    let address = ObjectAddress(bucket: bucket, key: fields[index].value)
    try ObjectKey.validate(address.key)

    let (accessKeyID, policy) = try verifier.verifyPost(
      fields: fields, bucket: bucket, at: call.time, olderSecret: presignedV2Secret)
    let headers = Self.headers(fields)
    try headers.refuseForeignACL()
    try headers.refuseUnimplementedStorage()
    var attributes = try ObjectAttributes(headers)
    if let document = headers.value("tagging") {
      let tagging = try Tagging.decode(Array(document.utf8))
      try tagging.validate()
      attributes.tags = Dictionary(uniqueKeysWithValues: tagging.tags.map { ($0.key, $0.value) })
    }
    let allowed = policy.contentLengthRange ?? 0...configuration.maximumUploadSize
    let plan = try BodyPlan(form: headers, length: allowed.clamped(to: 0...configuration.maximumUploadSize))
    let cause = ObjectChange.Cause(
      event: .post, time: call.time, requestID: call.context.requestID, principal: accessKeyID,
      sourceAddress: call.context.sourceAddress)
    let write = ObjectWrite(
      address: address, attributes: attributes, conditions: Preconditions(), cause: cause)
    try await backend.admitWrite(to: address, if: write.conditions)
    let body = UploadBody(
      plan.withDefaultChecksum(), wire: reader.file(), eventLoop: call.context.channel.eventLoop, workers: call.workers)
    let record = try await backend.put(write, body: body)
    return Self.answer(to: headers, record, location: call.location(of: address))
  }

  /// The form's fields as if they had been headers, which is what S3 makes of them.
  private static func headers(_ fields: [(name: String, value: String)]) -> HTTPFields {
    var headers = HTTPFields()
    for (name, value) in fields { headers.set(name, value) }
    return headers
  }

  private static func answer(to form: HTTPFields, _ record: ObjectRecord, location: String) -> Response {
    var response = Response(status: .noContent)
    if let target = form.value("success_action_redirect") ?? form.value("redirect"), target.contains("://") {
      let query = [("bucket", record.address.bucket), ("key", record.address.key), ("etag", record.etag.quoted)]
        .map { "\($0)=\(PercentEncoding.encode($1))" }.joined(separator: "&")
      response = Response(status: .seeOther)
      response.headers.set("location", target + (target.contains("?") ? "&" : "?") + query)
    } else if form.value("success_action_status") == "201" {
      response = .xml(
        XMLWriter.document(root: "PostResponse", namespace: nil) {
          $0.element("Location", location)
          $0.element("Bucket", record.address.bucket)
          $0.element("Key", record.address.key)
          $0.element("ETag", record.etag.quoted)
        }, status: .created)
      response.headers.set("location", location)
    } else {
      if form.value("success_action_status") == "200" { response = Response(status: .ok) }
      response.headers.set("location", location)
    }
    response.headers.set("etag", record.etag.quoted)
    return response
  }
}
