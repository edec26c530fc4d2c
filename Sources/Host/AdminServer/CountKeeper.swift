package import Observability
import ServiceLifecycle

/// Has the console's counts written down once a minute, until shutdown.
package struct CountKeeper: Service {
  private let archive: ActivityArchive

  package init(archive: ActivityArchive) { self.archive = archive }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        try? await Task.sleep(for: .seconds(60))
        await archive.save()
      }
    }
  }
}
