import Checksums
import Core
import Encodings
import EventBus
import FoundationEssentials
import FunctionHost
import Glibc
import S3Server

/// What Lambda's API tells of functions.
extension LambdaAPI {
  /// Functions of one answer, as Lambda has it.
  private static let pageSize = 50

  /// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
  func list(_ query: QueryParameters) throws(ServiceError) -> JSONValue {
    var limit = Self.pageSize
    if let text = query.value("MaxItems") {
      guard let number = Int(text), (1...10_000).contains(number) else {
        throw FunctionReference.invalid(text, "maxItems", "be a number from 1 to 10000")
      }
      limit = min(number, limit)
    }
    if let version = query.value("FunctionVersion"), version != "ALL" {
      throw FunctionReference.invalid(version, "functionVersion", "satisfy enum value set: [ALL]")
    }
    let sorted = functions.sorted { $0.name < $1.name }
    var start = 0
    if let marker = query.value("Marker"), !marker.isEmpty {
      // The name of the last function of the page before, which may be gone since.
      guard let bytes = Base64.decode(marker), let name = String(validating: bytes, as: UTF8.self) else {
        throw ServiceError(
          code: "InvalidParameterValueException", message: "Marker must be the NextMarker of another answer")
      }
      start = sorted.firstIndex { $0.name > name } ?? sorted.count
    }
    let page = sorted[start..<min(sorted.count, start + limit)]
    var answer: [String: JSONValue] = ["Functions": .array(page.map(describe))]
    if page.endIndex < sorted.count, let last = page.last {
      answer["NextMarker"] = .string(Base64.encode(Array(last.name.utf8)))
    }
    return .object(answer)
  }

  /// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
  func describeWithCode(_ function: FunctionConfiguration) -> JSONValue {
    var answer: [String: JSONValue] = [
      "Configuration": describe(function), "Tags": .object([:]),
      // The code is where the caller put it, on this machine.
      "Code": .object(["RepositoryType": .string("S3"), "Location": .string("file://\(function.codeFolder)")]),
    ]
    if let reserved = function.description.reservedConcurrency {
      answer["Concurrency"] = .object(["ReservedConcurrentExecutions": .integer(Int64(reserved))])
    }
    return .object(answer)
  }

  /// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
  func describe(_ function: FunctionConfiguration) -> JSONValue {
    let arn = functionARN(function.name)
    let account = arn.split(separator: ":").dropFirst(4).first ?? "000000000000"
    let code = CodeIdentity(executable: function.executable)
    var members: [String: JSONValue] = [
      "FunctionName": .string(function.name), "FunctionArn": .string(arn), "Handler": .string(function.handler),
      "Runtime": .string(function.description.runtime), "Description": .string(function.description.text),
      "Role": .string("arn:aws:iam::\(account):role/zoetrope"),
      "Timeout": .integer(function.timeout.components.seconds), "MemorySize": .integer(Int64(function.memorySizeMiB)),
      "Version": .string("$LATEST"), "PackageType": .string("Zip"), "State": .string("Active"),
      "LastUpdateStatus": .string("Successful"),
      "Architectures": .array([.string(function.description.architecture)]),
      "EphemeralStorage": .object(["Size": .integer(Int64(function.ephemeralStorageMiB ?? 512))]),
      "TracingConfig": .object(["Mode": .string("PassThrough")]),
      "SnapStart": .object(["ApplyOn": .string("None"), "OptimizationStatus": .string("Off")]),
      "LoggingConfig": .object([
        "LogFormat": .string("Text"), "LogGroup": .string("/aws/lambda/\(function.name)"),
      ]),
      "CodeSize": .integer(code.size), "CodeSha256": .string(Base64.encode(code.digest)),
      "LastModified": .string(code.modified), "RevisionId": .string(code.revision),
    ]
    if !function.environment.isEmpty {
      members["Environment"] = .object(["Variables": .object(function.environment.mapValues { .string($0) })])
    }
    return .object(members)
  }
}

/// What tells one state of a function's code from another: its executable's path, size and time. Reading executables of
/// many megabytes for every list would cost more than it tells.
private struct CodeIdentity {
  let size: Int64
  /// 32 bytes.
  let digest: [UInt8]
  /// As Lambda writes it: `2026-01-02T03:04:05.678+0000`.
  let modified: String
  /// In the form of a UUID.
  let revision: String

  init(executable: String) {
    var status = stat()
    if stat(executable, &status) != 0 { status = stat() }
    size = Int64(status.st_size)
    let time = Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9
    modified = Date(timeIntervalSince1970: time).iso8601(milliseconds: true).dropLast() + "+0000"
    digest = Digest.sha256(Array("\(executable)\n\(size)\n\(modified)".utf8))
    let hex = digest.hexString
    var parts: [Substring] = []
    var rest = hex[...]
    for length in [8, 4, 4, 4, 12] {
      parts.append(rest.prefix(length))
      rest = rest.dropFirst(length)
    }
    revision = parts.joined(separator: "-")
  }
}
