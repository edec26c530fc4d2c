import AWSEndpoints
import AdminServer
import EventRouting
import Invocations
import LocalStorage
import Observability
import HTTPGateway
import MetricsPages
import HTTPTransport
import ObjectStore
import HTTPServer
import FunctionPackages
import EventBus
import FoundationEssentials
import FunctionHost
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Core
import S3Protocol
import S3Server
import SAMTemplate
import ServiceLifecycle
import SigV4
import Webhooks

/// Everything a runtime consists of, made and wired in one place.
final class RuntimeParts: Sendable {
  let plan: RuntimePlan
  /// nil where objects are kept elsewhere.
  let backend: FileObjectBackend?
  let storage: RuntimeStorage
  let logs: LogStore
  let accessLog: AccessLog
  let history: ActivityHistory
  let counts: ActivityArchive
  let clock = WallClock.system
  let logger: Logger
  let endpointApplication: any Service
  /// nil if only functions are served.
  let adminApplication: (any Service)?
  let gatewayApplication: any Service
  let functionService: FunctionService
  let housekeeping: Housekeeping
  let sampler: QueueSampler
  let schedules: ScheduleService
  let lock: DataFolderLock
  let drain: DrainDeadline
  /// Invocations that run and requests that are not answered yet.
  let atWork: @Sendable () async -> (invocations: Int, requests: Int)

  /// Blocks.
  init(
    configuration: LocalRuntimeConfiguration, logger: Logger,
    onReady: @escaping @Sendable (HostAddresses) -> Void
  ) throws {
    // 1. What is to be run?
    self.logger = logger
    let clock = self.clock
    guard configuration.queue == nil || configuration.store != nil else {
      throw RuntimeError(
        "StoreNeeded",
        "nodes that share a queue must see the same objects: with a queue in Redis, name the S3 endpoint that keeps them"
      )
    }
    if let address = configuration.publicStore, !S3Configuration.isPublicEndpoint(address) {
      throw RuntimeError(
        "InvalidAddress", "--public-store-url must be of the form http[s]://host[:port], found '\(address)'")
    }
    let concurrency = max(0, configuration.concurrency ?? ProcessInfo.processInfo.activeProcessorCount)
    let template = try Template.load(
      path: configuration.templatePath, parameters: configuration.parameters,
      pseudo: PseudoParameters(region: configuration.region, accountID: configuration.accountID))
    if !template.notes.isEmpty {
      // One line: most are permissions and tags, which every template has.
      logger.notice("parts of the template are not used here: \(template.notes.map(\.path).joined(separator: ", "))")
    }
    plan = try RuntimePlan(template: template, configuration: configuration, concurrency: concurrency)

    // 2. The data folder: its keys, and one database for objects and queue, where these are not shared with other nodes.
    lock = try DataFolderLock(folder: configuration.dataFolder)
    let credentials = try Self.credentials(configuration)
    let folder = configuration.dataFolder
    for part in ["objects", "logs", "tmp"] {
      try FileManager.default.createDirectory(atPath: "\(folder)/\(part)", withIntermediateDirectories: true)
    }
    CodeStore(folder: configuration.codeFolder).keepOnly(Set(plan.functions.map(\.codeFolder)))
    logs = try LogStore(folder: "\(folder)/logs", clock: clock)
    logs.restore()
    accessLog = try AccessLog(folder: "\(folder)/logs", clock: clock)
    if configuration.queue == nil, configuration.store == nil {
      try StoreOpening.check(database: "\(folder)/\(StoreBackup.database)", folder: "\(folder)/objects")
    }
    storage = try RuntimeStorage(
      configuration, functions: Set(plan.policies.map(\.name)), deduplication: DeduplicationRules(plan.policies),
      logger: logger)
    let queue = storage.queue

    let queueClock = WallClock.steady(clock)

    // 3. Events.
    let functionARN: @Sendable (String) -> String = { configuration.arn(of: $0) }
    let functionsByARN = Dictionary(
      plan.functions.map { (functionARN($0.name), $0.name) }, uniquingKeysWith: { first, _ in first })
    let feed = LiveFeed()
    history = try ActivityHistory(folder: "\(folder)/logs")
    let past = history.load()
    let counted = ActivityArchive.load(
      folder: "\(folder)/logs", now: queueClock.now().millisecondsSince1970)
    let activity = ActivityLog(
      feed: feed, clock: queueClock, history: history, past: past.invocations, counted: counted)
    let jobs = JobWatch(history: history, known: past.jobs)
    let routes = RouteActivity(clock: queueClock, saved: counted?.routes ?? [:])
    let samples = QueueSamples(
      saved: counted?.queues ?? [],
      missed: counted.map {
        Int(max(0, queueClock.now().millisecondsSince1970 - $0.time) / 1000 / FunctionActivity.interval)
      } ?? 0)
    counts = ActivityArchive(folder: "\(folder)/logs") {
      var snapshot = ActivitySnapshot(since: activity.since, time: queueClock.now().millisecondsSince1970)
      (snapshot.functions, snapshot.gigabyteSeconds) = activity.counted
      snapshot.routes = routes.saved
      snapshot.queues = samples.saved
      return snapshot
    }
    let onRouted: @Sendable (BusEventRecord) -> Void = { activity.routed($0) }
    let rules = try RuleStore(
      template: plan.rules, buses: plan.buses,
      functionsByARN: functionsByARN.merging(plan.webhooks.map { ($0.arn, $0.queueName) }) { first, _ in first },
      groups: Dictionary(
        plan.policies.filter { !$0.messageGroup.isEmpty }.map { ($0.name, $0.messageGroup) },
        uniquingKeysWith: { first, _ in first }), database: storage.database)
    let signals = ObjectSignals()
    let notifier = ObjectNotifier(
      triggers: plan.triggers,
      eventBridgeBuckets: Set(plan.buckets.filter(\.sendsToEventBridge).map(\.bucketName)),
      functionsByARN: functionsByARN, rules: rules, region: configuration.region,
      accountID: configuration.accountID,
      clock: queueClock, onRouted: onRouted)
    if case .local(let database, let queue) = storage, configuration.store == nil {
      backend = try FileObjectBackend(
        database: database, folder: "\(folder)/objects", readers: Self.readers,
        isNotified: { notifier.isNotified(of: $0) },
        hooks: [
          { db, change in try notifier.committed(change, queue: queue, in: db) }, feed.commitHook, jobs.commitHook,
          signals.hook,
        ])
      backend?.opened.log(to: logger)
    } else {
      backend = nil
    }
    housekeeping = Housekeeping(
      queue: queue, retention: plan.deadLetterRetention, store: backend, clock: queueClock, logger: logger)
    sampler = QueueSampler(queue: queue, samples: samples, clock: queueClock)
    let served = Set(plan.functions.map(\.name))
    schedules = try ScheduleService(
      template.functions.filter { served.contains($0.functionName) }.flatMap(\.schedules),
      functions: Dictionary(uniqueKeysWithValues: template.functions.map { ($0.logicalID, $0.functionName) }),
      ledger: ScheduleLedger(path: "\(folder)/schedules.json"), queue: queue,
      configuration: .init(
        region: configuration.region, accountID: configuration.accountID,
        catchUpSeconds: storage.isShared ? 82_800 : nil,
        secondsBeforeStart: configuration.hosting?.cleansUpAtStart == true ? 3600 : 0),
      clock: clock, logger: logger)
    let bus = LocalEventBus(
      rules: rules, queue: queue, region: configuration.region, accountID: configuration.accountID, clock: queueClock,
      onRouted: onRouted)

    // 4. Functions.
    let metrics = RuntimeMetrics()
    let host = Deferred<FunctionHost>()
    let observation = HostObservation(
      logs: logs, metrics: metrics, activity: activity, echo: configuration.hosting?.log)
    var transport = CurlTransport.Configuration()
    transport.certificateAuthorities = configuration.certificateAuthorities
    let webhooks = WebhookSender(
      plan.webhooks, http: CurlTransport(configuration: transport), observer: observation, clock: clock)
    let invoke: @Sendable (String, InvocationRequest) async -> InvocationResult = { function, request in
      if webhooks.sends(function) { return await webhooks.invoke(function, request) }
      if let host = host.value { return await host.invoke(function, request) }
      return .refused(.stopped, requestID: request.requestID)
    }
    let roomy = Deferred<@Sendable () -> Void>()
    let admission = Admission(
      policies: plan.policies, slots: configuration.synchronousSlots, invoke: invoke,
      reserveFreed: { roomy.value?() })
    let dependencies = Scheduler.Dependencies(
      queue: queue, invoke: invoke,
      route: { target, record, source in
        Destinations(rules: rules, region: configuration.region, accountID: configuration.accountID)
          .invocations(target, record: record, source: source, now: clock.now())
      },
      functionARN: functionARN, observer: SchedulerObservation(metrics: metrics, activity: activity),
      baseDelay: configuration.retryDelay, clock: queueClock, logger: logger, claimsAhead: !storage.isShared,
      admission: admission)
    let scheduler = Scheduler(policies: plan.policies, concurrency: concurrency, dependencies: dependencies)
    roomy.set { Task { await scheduler.reserveFreed() } }

    // 5. What is reached over HTTP.
    let (drain, connections) = (DrainDeadline(timeout: configuration.drainTimeout), ConnectionRegistry())
    self.drain = drain
    atWork = { (await scheduler.running, connections.requests) }
    let functionCredentials = configuration.store?.credentials ?? credentials
    let secret: @Sendable (String) -> Credentials? = { accessKeyID in
      [credentials, functionCredentials].first { $0.accessKeyID == accessKeyID }
    }
    let verifier = SigV4Verifier(secret: secret)
    var serverConfiguration = S3ServerConfiguration(region: configuration.region, ownerID: configuration.accountID)
    serverConfiguration.publicReads = configuration.publicReads
    let scratch = try ScratchSpace(folder: "\(folder)/scratch", limit: configuration.scratchBytes)
    let s3 = backend.map { [serverConfiguration] backend in
      S3Responder(
        backend: backend, verifier: verifier, configuration: serverConfiguration,
        presignedV2Secret: secret, clock: clock, held: scratch, observe: { metrics.exchanged($0) },
        checkNotification: { try notifier.check($0) })
    }
    let (endpoint, admin, publicAddress) = (Deferred<String>(), Deferred<String>(), Deferred<String>())
    let service = EndpointService(
      s3: s3,
      events: EventBridgeAPI(bus: bus),
      lambda: LambdaAPI(
        functions: plan.functions, queue: queue, invoke: { await admission.run($0, $1) }, functionARN: functionARN,
        clock: queueClock),
      verifier: verifier, clock: clock, observer: metrics,
      browsers: BrowserRules(
        isLocal: NetworkHost(configuration.host).isLoopback, proxies: configuration.trustedProxies,
        baseDomains: serverConfiguration.baseDomains),
      ports: {
        HostPorts(
          web: admin.value.flatMap(HostPorts.port(of:)), api: publicAddress.value.flatMap(HostPorts.port(of:)))
      })
    let references: any ReferenceStore
    if let s3, let backend {
      references = EmbeddedReferences(
        backend: backend, s3: s3,
        signer: SigV4Signer(credentials: credentials, region: configuration.region, service: "s3"), signals: signals,
        clock: clock, makersBegan: clock.now())
    } else {
      var remote = S3Configuration(
        endpoint: configuration.store?.endpoint, region: configuration.region, credentials: functionCredentials)
      remote.keyPrefix = configuration.store?.keyPrefix
      references = StoreReferences(objects: S3Client(configuration: remote, http: CurlTransport()))
    }
    let gateway = Gateway(
      configuration: plan.gateway, invoke: { await admission.run($0, $1) }, verifier: verifier,
      store: references, scratch: scratch,
      storeDoor: s3.map {
        StoreDoor(s3: $0, endpoint: { endpoint.value }, proxies: configuration.trustedProxies)
      },
      events: configuration.hosting.flatMap { hosting in
        hosting.functions.first.flatMap { name in template.functions.first { $0.answers(to: name) } }
          .map { EventDoor(function: $0.functionName) { await admission.run($0, $1) } }
      }, clock: clock, logger: logger,
      observe: { [accessLog] exchange in
        metrics.answered(exchange)
        routes.answered(exchange)
        accessLog.add(exchange)
      })
    let isHosting = configuration.hosting != nil
    endpointApplication = HTTPListener.service(
      host: isHosting ? "127.0.0.1" : configuration.host, port: isHosting ? 0 : configuration.port,
      responder: service.responder, channel: Self.channel(connections), drain: drain, logger: logger,
      onListening: { endpoint.set($0) })
    let addresses: @Sendable () -> HostAddresses? = {
      guard host.value != nil, let endpoint = endpoint.value, let admin = admin.value, let api = publicAddress.value
      else { return nil }
      return HostAddresses(endpoint: endpoint, admin: admin, api: api)
    }
    // Pages come to the buckets through this runtime's own store only.
    var site = s3 == nil ? plan.site.withoutBuckets : plan.site
    let embed = EmbedPages(s3, site: site, publicReads: configuration.publicReads)
    site.isEmbeddable = embed != nil
    let guardian = AdminGuard(
      token: configuration.adminToken, clock: queueClock, proxies: configuration.trustedProxies)
    let signer = SigV4Signer(credentials: credentials, region: configuration.region, service: "s3")
    let startedAt = queueClock.now()
    let console = ConsoleAPI(
      activity: activity, routes: routes, queues: samples, jobs: jobs, logs: logs, store: references,
      schedules: { [schedules] in await schedules.statuses() },
      nodes: { [storage] in
        try await storage.nodes(startedAt: startedAt, slots: concurrency, running: await scheduler.running)
      },
      clock: queueClock)
    let api = AdminAPI(
      queue: queue, logs: logs, metrics: metrics, guardian: guardian,
      functions: { (host.value?.status() ?? []) + webhooks.statuses }, running: { await scheduler.running },
      concurrency: concurrency,
      weights: Dictionary(plan.policies.map { ($0.name, $0.weight) }, uniquingKeysWith: { first, _ in first }),
      addresses: addresses, startedAt: startedAt, clock: queueClock,
      notifications: configuration.store.map { _ in StoreWebhook(notifier: notifier, queue: queue) },
      activity: activity, feed: feed, pages: configuration.pages, site: site,
      store: s3.map { [site] in site.proxy($0, signer: signer, clock: clock, endpoint: { endpoint.value }) },
      newest: backend.map { NewestObjects(backend: $0, readable: site.readable) }, embed: embed, console: console,
      gateway: gateway)
    let pages = plan.metricsPages.map {
      MetricsPages($0, proxies: configuration.trustedProxies) { try await api.metricsText() }
    }
    gatewayApplication = HTTPListener.service(
      host: configuration.host, port: configuration.apiPort,
      responder: EndpointResponder { request, context in
        if let answer = try await pages?.respond(to: request, context: context) { return answer }
        return await gateway.respond(to: request, context: context)
      },
      channel: Self.channel(connections), drain: drain, logger: logger, onListening: { publicAddress.set($0) })
    let router = api.router.buildResponder()
    if isHosting { admin.set("") }
    adminApplication =
      isHosting
      ? nil
      : HTTPListener.service(
        host: configuration.host, port: configuration.adminPort,
        responder: EndpointResponder { try await api.respond(to: $0, context: $1, router: router) },
        channel: Self.channel(connections), drain: drain, logger: logger, onListening: { admin.set($0) })

    // 6. The host starts when the endpoint's address is known: functions are told it.
    let functions = plan.functions
    functionService = FunctionService(
      scheduler: scheduler, host: host, endpoint: endpoint, admin: admin, api: publicAddress, admission: admission,
      interruption: configuration.hosting?.losesQueue == true
        ? Interruption(policies: plan.policies, dependencies: dependencies) : nil,
      makeHost: { endpoint in
        var host = HostConfiguration(
          region: configuration.region, accountID: configuration.accountID,
          environment: configuration.hosting?.surroundings
            ?? Self.functionEnvironment(
              endpoint: endpoint, store: configuration.store, publicStore: configuration.publicStore,
              credentials: functionCredentials),
          temporaryFolder: "\(folder)/tmp")
        host.hiddenFolders = [folder]
        // Bodies that no event can hold.
        host.sharedFolders = ["\(folder)/scratch"]
        return try FunctionHost(
          configuration: host, functions: functions, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
          logger: logger, observer: observation, clock: clock)
      },
      drain: drain, logger: logger,
      onReady: { addresses in
        DataFolderAddresses.write(addresses, folder: folder)
        onReady(addresses)
      })
  }

  /// The caller's own keys, or the data folder's. An address that others can reach takes no keys but the caller's, of
  /// sensible length, and a token for the administration port.
  private static func credentials(_ configuration: LocalRuntimeConfiguration) throws -> Credentials {
    if configuration.credentials == nil, configuration.hosting != nil {
      // The functions alone are told them.
      return Credentials(
        accessKeyID: RequestID.make(), secretAccessKey: RequestID.make() + RequestID.make(), sessionToken: nil)
    }
    if configuration.hosting == nil, !NetworkHost(configuration.host).isLoopback {
      var problems: [String] = []
      let secret = configuration.credentials?.secretAccessKey ?? ""
      if configuration.credentials == nil || secret.utf8.count < 16 || secret == "zoetrope-secret" {
        problems.append(
          "ZOETROPE_ACCESS_KEY_ID and ZOETROPE_SECRET_ACCESS_KEY of your own, the secret at least 16 bytes long")
      }
      if configuration.adminToken.map({ $0.utf8.count < 16 }) ?? true {
        problems.append("ZOETROPE_ADMIN_TOKEN, at least 16 bytes long")
      }
      guard problems.isEmpty else {
        throw RuntimeError(
          "CredentialsNeeded",
          "listening on '\(configuration.host)', which other machines can reach, needs "
            + problems.joined(separator: ", and ") + "; 'openssl rand -hex 20' makes one")
      }
    }
    if let credentials = configuration.credentials { return credentials }
    var secrets = try DataFolderSecrets(folder: configuration.dataFolder)
    return try secrets.credentials()
  }

  /// As long as the process, like NIO's own.
  private static let readers: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: max(2, ProcessInfo.processInfo.activeProcessorCount))
    pool.start()
    return pool
  }()

  private static func channel(_ connections: ConnectionRegistry) -> EndpointChannel.Configuration {
    var configuration = EndpointChannel.Configuration()
    configuration.connections = connections
    return configuration
  }

  private static func functionEnvironment(
    endpoint: String, store: LocalRuntimeConfiguration.Store?, publicStore: String?, credentials: Credentials
  ) -> [String: String] {
    var variables = [
      "AWS_ENDPOINT_URL": endpoint,
      "AWS_ACCESS_KEY_ID": credentials.accessKeyID,
      "AWS_SECRET_ACCESS_KEY": credentials.secretAccessKey,
    ]
    variables["AWS_SESSION_TOKEN"] = credentials.sessionToken
    variables["AWS_ENDPOINT_URL_S3"] = store?.endpoint
    variables["ZOETROPE_PUBLIC_STORE_URL"] = publicStore
    variables["ZOETROPE_KEY_PREFIX"] = store?.keyPrefix?.text
    if store == nil { variables["ZOETROPE_STORE_HOLDS_FILES"] = endpoint }
    return variables
  }
}
