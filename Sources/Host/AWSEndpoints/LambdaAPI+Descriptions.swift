import Core
import Encodings
import EventBus
import FunctionHost
import S3Server

/// What Lambda's API tells of functions.
extension LambdaAPI {
  /// Functions of one answer, as Lambda has it.
  private static let pageSize = 50

  /// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
  func list(_ query: QueryParameters) async throws -> JSONValue {
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
    var described: [JSONValue] = []
    for function in page { described.append(try await describe(function)) }
    var answer: [String: JSONValue] = ["Functions": .array(described)]
    if page.endIndex < sorted.count, let last = page.last {
      answer["NextMarker"] = .string(Base64.encode(Array(last.name.utf8)))
    }
    return .object(answer)
  }

  /// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
  func describeWithCode(_ function: FunctionConfiguration) async throws -> JSONValue {
    var answer: [String: JSONValue] = [
      "Configuration": try await describe(function), "Tags": .object([:]),
      // The code is where the caller put it, on this machine.
      "Code": .object(["RepositoryType": .string("S3"), "Location": .string("file://\(function.codeFolder)")]),
    ]
    if let reserved = function.description.reservedConcurrency {
      answer["Concurrency"] = .object(["ReservedConcurrentExecutions": .integer(Int64(reserved))])
    }
    return .object(answer)
  }

  /// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
  func describe(_ function: FunctionConfiguration) async throws -> JSONValue {
    let arn = functionARN(function.name)
    let account = arn.split(separator: ":").dropFirst(4).first ?? "000000000000"
    let code = try await codes.code(of: function.executable)
    var members: [String: JSONValue] = [
      "FunctionName": .string(function.name), "FunctionArn": .string(arn), "Handler": .string(function.handler),
      "Runtime": .string(function.description.runtime), "Description": .string(function.description.text),
      // Clients expect one. No role decides what a function may do here.
      "Role": .string("arn:aws:iam::\(account):role/zoetrope"),
      "Timeout": .integer(function.timeout.components.seconds), "MemorySize": .integer(Int64(function.memorySizeMiB)),
      "Version": .string("$LATEST"), "PackageType": .string("Zip"), "State": .string("Active"),
      "LastUpdateStatus": .string("Successful"),
      "Architectures": .array([.string(function.description.architecture)]),
      "EphemeralStorage": .object(["Size": .integer(Int64(function.ephemeralStorageMiB ?? 512))]),
      "TracingConfig": .object(["Mode": .string("PassThrough")]),
      "SnapStart": .object(["ApplyOn": .string("None"), "OptimizationStatus": .string("Off")]),
      "LoggingConfig": .object([
        "LogFormat": .string(function.environment["AWS_LAMBDA_LOG_FORMAT"] ?? "Text"),
        "LogGroup": .string("/aws/lambda/\(function.name)"),
      ]),
      "CodeSize": .integer(code.size), "CodeSha256": .string(Base64.encode(code.digest)),
      "LastModified": .string(code.modified), "RevisionId": .string(code.revision),
    ]
    // Without those that the platform sets.
    let variables = function.environment.filter { !$0.key.hasPrefix("AWS_LAMBDA_") }
    if !variables.isEmpty {
      members["Environment"] = .object(["Variables": .object(variables.mapValues { .string($0) })])
    }
    return .object(members)
  }
}
