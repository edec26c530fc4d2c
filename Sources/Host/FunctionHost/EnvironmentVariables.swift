/// The environment of a function process: what Lambda gives, and nothing of the host's own.
///
/// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
enum EnvironmentVariables {
  static func make(
    function: FunctionConfiguration, host: HostConfiguration, runtimeAPI: String, environmentID: String,
    temporaryFolder: String
  ) -> [String: String] {
    let reserved = [
      "_HANDLER": function.handler,
      "AWS_LAMBDA_FUNCTION_NAME": function.name,
      "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
      "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(function.memorySizeMiB),
      "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
      "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/\(function.name)",
      "AWS_LAMBDA_LOG_STREAM_NAME": environmentID,
      "AWS_LAMBDA_RUNTIME_API": runtimeAPI,
      "AWS_REGION": host.region,
      "AWS_DEFAULT_REGION": host.region,
      "LAMBDA_TASK_ROOT": function.codeFolder,
      "TMPDIR": temporaryFolder,
    ]
    return
      defaults
      .merging(host.environment) { _, new in new }
      .merging(function.environment) { _, new in new }
      .merging(reserved) { _, new in new }
      .filter { isValid(name: $0.key, value: $0.value) }
  }

  /// What the function's fork server is started with: what the loader and the libraries' constructors may read. The
  /// credentials and everything else that a process has come with its order.
  static func makeForServer(function: FunctionConfiguration, temporaryFolder: String) -> [String: String] {
    let reserved = [serverMark: "1", "LAMBDA_TASK_ROOT": function.codeFolder, "TMPDIR": temporaryFolder]
    return
      defaults
      .merging(function.environment) { _, new in new }
      .merging(reserved) { _, new in new }
      .filter { $0.key == serverMark || isValid(name: $0.key, value: $0.value) }
  }

  private static let defaults = [
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/bin:/usr/bin:/bin:/opt/bin",
    "TZ": ":UTC",
  ]

  /// Makes a fork server of a process that can be one; see `CForkServer.h`.
  private static let serverMark = "ZOETROPE_FORK_SERVER"

  /// A name with `=` or a NUL byte would become another variable.
  private static func isValid(name: String, value: String) -> Bool {
    !name.isEmpty && name != serverMark
      && !name.utf8.contains(UInt8(ascii: "=")) && !name.utf8.contains(0) && !value.utf8.contains(0)
  }
}
