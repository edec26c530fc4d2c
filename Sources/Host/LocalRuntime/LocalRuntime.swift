import S3Storage
import AdminServer
import Observability
package import LocalStorage
import EventBus
import FoundationEssentials
import FunctionHost
import Glibc
import HTTPServer
import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import NIOPosix
import Core
import S3Protocol
import S3Server
package import SAMTemplate
import ServiceLifecycle
import SigV4

/// One machine that stands in for the cloud: object store, event bus, queue and function host behind one endpoint.
package final class LocalRuntime: Sendable {
  /// The tables of everything that shares the data folder's database.
  package static let migrations = RuntimeStorage.migrations

  /// What the end waits for.
  package struct Stopping: Sendable {
    /// That run.
    package var invocations: Int
    /// That have begun and are not answered to their end. Connections without one end at once.
    package var requests: Int
    /// How long both may take.
    package var timeout: Duration
  }

  private let parts: RuntimeParts
  private let configuration: LocalRuntimeConfiguration

  /// Reads the template, opens the data folder and wires everything; nothing listens and nothing runs yet.
  ///
  /// - Throws: a `ClassifiedError`: everything that is wrong with the configuration or the template at once, or
  ///   `DataFolderInUse` where another runtime has the data folder.
  package init(
    configuration: LocalRuntimeConfiguration, logger: Logger,
    onReady: @escaping @Sendable (HostAddresses) -> Void = { _ in }
  ) async throws {
    // Template, lock, database and object store are files: that blocks.
    self.configuration = configuration
    parts = try await NIOThreadPool.singleton.runIfActive {
      try RuntimeParts(configuration: configuration, logger: logger, onReady: onReady)
    }
    for bucket in parts.plan.buckets {
      _ = try await parts.backend?.createBucket(bucket.bucketName, at: parts.clock.now())
      if let rules = bucket.corsRules {
        try await parts.backend?.setDocument(
          .cors, of: bucket.bucketName,
          to: S3Protocol.CORSConfiguration(rules: rules.map(S3Protocol.CORSConfiguration.Rule.init)).encode())
      }
    }
  }

  /// What starting with this configuration would say about its template, without starting anything. Blocks.
  ///
  /// - Parameter scratch: where archives of code are unpacked.
  /// - Returns: the template, with its notes.
  /// - Throws: `TemplateError` or `ConfigurationError`: everything that is wrong with the template or the functions' code.
  package static func check(_ configuration: LocalRuntimeConfiguration, scratch: String) throws -> Template {
    let template = try Template.load(
      path: configuration.templatePath, parameters: configuration.parameters,
      pseudo: PseudoParameters(region: configuration.region, accountID: configuration.accountID))
    var configuration = configuration
    configuration.dataFolder = scratch
    _ = try RuntimePlan(template: template, configuration: configuration, concurrency: 1)
    return template
  }

  /// Serves until the task is cancelled, then ends gracefully: running invocations may finish, unfinished ones return
  /// to the queue. Signals are the caller's to turn into cancellation.
  ///
  /// - Parameter onStopping: called once, as soon as the end begins.
  package func run(onStopping: @escaping @Sendable (Stopping) -> Void = { _ in }) async throws {
    // In the order of their start; the end goes the other way round, so that functions can store their results while
    // they drain. A container takes no new requests first, and ends once those that it has are answered.
    let functions: [(any Service)?] = [parts.functionService, parts.schedules]
    let isHosting = configuration.hosting != nil
    let sampler: (any Service)? = isHosting ? nil : parts.sampler
    let keeper: (any Service)? = isHosting ? nil : CountKeeper(archive: parts.counts)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [
          [MemoryTrimming(), parts.housekeeping, sampler, keeper, parts.endpointApplication, parts.adminApplication],
          isHosting ? functions + [parts.gatewayApplication] : [parts.gatewayApplication] + functions,
        ].joined().compactMap(\.self),
        logger: parts.logger))
    try await withTaskCancellationHandler {
      // A task of its own: cancelling the group's would end its services without grace.
      try await Task { [parts, addressInUse, folder = configuration.dataFolder] in
        do {
          try await group.run()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
          throw addressInUse
        }
        await parts.logs.flush()
        await parts.accessLog.flush()
        await parts.history.flush()
        if !isHosting { await parts.counts.save() }
        try await NIOThreadPool.singleton.runIfActive {
          defer { parts.lock.release() }
          DataFolderAddresses.remove(folder: folder)
          try parts.storage.close()
        }
      }.value
    } onCancel: {
      parts.drain.begin()
      Task { [parts, timeout = configuration.drainTimeout] in
        await group.triggerGracefulShutdown()
        let (invocations, requests) = await parts.atWork()
        onStopping(Stopping(invocations: invocations, requests: requests, timeout: timeout))
      }
    }
  }

  private var addressInUse: RuntimeError {
    RuntimeError(
      "AddressInUse",
      "port \(configuration.port), \(configuration.adminPort) or \(configuration.apiPort) of \(configuration.host) is taken "
        + "by another program; "
        + "stop that one or choose free ports (0 takes any)")
  }
}

extension S3Protocol.CORSConfiguration.Rule {
  fileprivate init(_ rule: BucketCORSRule) {
    self.init(
      id: rule.id, allowedOrigins: rule.allowedOrigins, allowedMethods: rule.allowedMethods,
      allowedHeaders: rule.allowedHeaders, exposedHeaders: rule.exposedHeaders,
      maximumAgeSeconds: rule.maximumAgeSeconds)
  }
}
