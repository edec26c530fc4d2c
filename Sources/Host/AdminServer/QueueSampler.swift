import FoundationEssentials
package import Invocations
package import Core
package import Observability
import ServiceLifecycle

/// Looks at the queue at every interval of the charts, until shutdown.
package struct QueueSampler: Service {
  private let queue: any InvocationQueue
  private let samples: QueueSamples
  private let clock: WallClock

  package init(queue: any InvocationQueue, samples: QueueSamples, clock: WallClock) {
    self.queue = queue
    self.samples = samples
    self.clock = clock
  }

  package func run() async throws {
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        await sample()
        try? await Task.sleep(for: .seconds(FunctionActivity.interval))
      }
    }
  }

  package func sample() async {
    do {
      let depths = try await queue.depths()
      let now = clock.now()
      samples.add(
        depths.mapValues { depth in
          QueueSamples.Sample(
            depth: depth.queued, age: depth.oldest.map { max(0, now.timeIntervalSince($0)) * 1000 } ?? 0)
        })
    } catch {
      // A queue that is away has no samples; the next one is soon.
    }
  }
}
