import HTTPTypes
import HummingbirdCore
import NIOCore

extension Response {
  static func xml(_ document: [UInt8], status: HTTPResponse.Status = .ok) -> Response {
    Response(
      status: status, headers: [.contentType: "application/xml"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: document)))
  }

  static var noContent: Response { Response(status: .noContent) }
}
