/// One function: what is started, in which surroundings and within which limits. The names follow Lambda's.
package struct FunctionConfiguration: Sendable {
  /// The function's name, unique in its host; `AWS_LAMBDA_FUNCTION_NAME`.
  package var name: String
  /// Absolute path of the executable that speaks the Runtime API.
  package var executable: String
  /// Arguments after the program's name; none by default.
  package var arguments: [String]
  /// What the template calls Handler; `_HANDLER`.
  package var handler: String
  /// Absolute path of the code folder: the working directory and `LAMBDA_TASK_ROOT`.
  package var codeFolder: String
  /// The template's variables. They cannot replace the names that Lambda reserves.
  package var environment: [String: String]
  /// One invocation's time from delivery to response; then the process group is killed. Default 3 s.
  package var timeout: Duration
  /// Resident memory of the whole process group in MiB; past it the group is killed. Default 128.
  package var memorySizeMiB: Int
  /// Most environments (processes) at the same time; 0 refuses every call.
  package var maximumEnvironments: Int
  /// How much its processes step back for others: 0 … 19, default 0 (`nice`).
  package var niceness = 0
  /// Most bytes in `TMPDIR`, in MiB; past it the process group is killed. nil (default): the disk alone is the limit.
  package var ephemeralStorageMiB: Int?
  /// What Lambda's API tells of it beside the above.
  package var description = FunctionDescription()
  /// Whether its processes reach nothing but the system's and their own files; default no.
  package var isConfined = false

  package init(
    name: String, executable: String, arguments: [String] = [], handler: String = "bootstrap", codeFolder: String,
    environment: [String: String] = [:], timeout: Duration = .seconds(3), memorySizeMiB: Int = 128,
    maximumEnvironments: Int = 1
  ) {
    self.name = name
    self.executable = executable
    self.arguments = arguments
    self.handler = handler
    self.codeFolder = codeFolder
    self.environment = environment
    self.timeout = timeout
    self.memorySizeMiB = memorySizeMiB
    self.maximumEnvironments = max(0, maximumEnvironments)
  }
}

/// What a function's template says that has no effect on how it is run.
package struct FunctionDescription: Sendable {
  /// The template's `Description`; empty by default.
  package var text: String
  /// `provided.al2023` and the like.
  package var runtime: String
  /// `x86_64` or `arm64`.
  package var architecture: String
  /// nil: no limit of its own.
  package var reservedConcurrency: Int?

  package init(
    text: String = "", runtime: String = "provided.al2023", architecture: String = "x86_64",
    reservedConcurrency: Int? = nil
  ) {
    self.text = text
    self.runtime = runtime
    self.architecture = architecture
    self.reservedConcurrency = reservedConcurrency
  }
}
