import Encodings
import FoundationEssentials
import SigV4
import Testing

/// The credentials of AWS's S3 examples.
let example = Credentials(
  accessKeyID: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")

/// Temporary ones.
let temporary = Credentials(
  accessKeyID: "ASIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  sessionToken: "FwoGZXIvYXdzEXAMPLE//token+with/specials==")

/// Friday, 24 May 2013 00:00:00 GMT, the time of AWS's S3 examples.
let exampleDate = Date(timeIntervalSince1970: 1_369_353_600)

/// 21 November 2026 14:20:00 GMT
let botocoreDate = Date(timeIntervalSince1970: 1_795_270_800)

let verifier = SigV4Verifier { key in [example, temporary].first { $0.accessKeyID == key } }

extension [(name: String, value: String)] {
  subscript(name: String) -> String? { first { $0.name.lowercased() == name.lowercased() }?.value }
}

func signature(in headers: [(name: String, value: String)]) -> String? {
  headers["authorization"].map { String($0.suffix(64)) }
}

/// `request` with the headers of its signature.
func signed(
  _ request: SignableRequest, payload: PayloadHash, by credentials: Credentials = example,
  region: String = "us-east-1", service: String = "s3", at date: Date = exampleDate
) -> SignableRequest {
  var request = request
  let signer = SigV4Signer(credentials: credentials, region: region, service: service)
  request.headers += signer.headers(for: request, payload: payload, at: date)
  return request
}

/// `request` as it arrives when it was sent with a presigned query.
func presigned(
  _ request: SignableRequest, expires: Int = 86_400, by credentials: Credentials = example,
  region: String = "us-east-1", service: String = "s3", at date: Date = exampleDate
) -> SignableRequest {
  var request = request
  let signer = SigV4Signer(credentials: credentials, region: region, service: service)
  request.query = QueryString.parse(signer.presignedQuery(for: request, expires: expires, at: date))
  return request
}

/// The code with which a request is refused, `nil` where it is accepted. Whether its header was taken apart before must
/// make no difference.
func refusal(_ request: SignableRequest, body: PayloadHash? = nil, at now: Date = exampleDate) -> String? {
  func verdict(_ header: AuthorizationHeader?) -> String? {
    do {
      _ = try verifier.verify(request, header: header, body: body, at: now)
      return nil
    } catch {
      return error.code
    }
  }
  let code = verdict(nil)
  if let header = request.headers["authorization"].flatMap({ try? AuthorizationHeader($0) }) {
    #expect(verdict(header) == code)
  }
  return code
}

func failure(_ request: SignableRequest, at now: Date = exampleDate) -> SigV4Error? {
  do {
    _ = try verifier.verify(request, at: now)
    return nil
  } catch {
    return error
  }
}
