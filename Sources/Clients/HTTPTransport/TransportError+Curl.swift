import CCurl
import Glibc

extension TransportError {
  /// What a libcurl result means.
  ///
  /// https://curl.se/libcurl/c/libcurl-errors.html
  /// - Parameters:
  ///   - systemError: `errno` of the last failed connection, 0 if none failed.
  ///   - detail: libcurl's own words.
  init(_ result: CURLcode, systemError: Int, detail: String, subject: String, wasSent: Bool) {
    let kind: Kind =
      switch result {
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .hostNotFound
      case CURLE_COULDNT_CONNECT where systemError == Int(ECONNREFUSED): .connectionRefused
      case CURLE_COULDNT_CONNECT, CURLE_INTERFACE_FAILED, CURLE_PROXY: .connectionFailed
      case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2, CURLE_HTTP2_STREAM,
        CURLE_SEND_FAIL_REWIND:
        .connectionReset
      case CURLE_OPERATION_TIMEDOUT: .timedOut
      case CURLE_SSL_CONNECT_ERROR: .tlsFailed
      case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
        CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
        CURLE_SSL_ENGINE_INITFAILED:
        .tlsVerificationFailed
      case CURLE_URL_MALFORMAT: .badRequest
      // Both also stand for "HTTP/0.9", which is how libcurl calls an answer without a status line.
      case CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING: .invalidResponse
      case CURLE_OUT_OF_MEMORY, CURLE_FAILED_INIT: .outOfResources
      default: .transferFailed
      }
    let words = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
    self.init(kind, "\(subject): \(words)", wasSent: wasSent)
  }
}
