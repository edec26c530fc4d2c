// swift-tools-version: 6.2
import PackageDescription

// Dependencies point downwards only; docs/ARCHITECTURE.md has the layer table. Functions (`Snippets`, `ProcessClip`)
// must link none of the server side: no NIO, no Hummingbird, no SQLite.

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

/// Swift's standard library and Foundation become part of the programs: they need no Swift where they run, and calls that do
/// not go through the dynamic linker's tables take 5 % off the host and a tenth off a function's start. SwiftPM's own
/// `--static-swift-stdlib` would do the same, but not beside `--build-tests`. What stands further left needs what is
/// further right.
let staticRuntime = LinkerSetting.unsafeFlags(
  [
    "-static-stdlib", "-lFoundation", "-lCoreFoundation", "-lFoundationInternationalization", "-lFoundationEssentials",
    "-l_FoundationICU", "-l_FoundationCollections", "-l_FoundationCShims",
  ], .when(platforms: [.linux], configuration: .release))

func executable(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, swiftSettings: settings, linkerSettings: [staticRuntime])
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func system(_ name: String, _ pkgConfig: String, apt: String) -> Target {
  .systemLibrary(name: name, path: "Sources/\(name)", pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let log: Target.Dependency = .product(name: "Logging", package: "swift-log")

let functionDependencies: [Target.Dependency] = [
  "PreviewJob", "FunctionRuntime", "EventBus", "ObjectStore", "HTTPTransport", "RuntimeCore", log,
]

let renderingDependencies: [Target.Dependency] = functionDependencies + ["PreviewRendering", "Media", "MediaModel"]

let package = Package(
  name: "zoetrope",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "zoetrope", targets: ["zoetrope"]),
    .executable(name: "Snippets", targets: ["Snippets"]),
    .executable(name: "ProcessClip", targets: ["ProcessClip"]),
    .executable(name: "Storyboard", targets: ["Storyboard"]),
    .executable(name: "RecordFailure", targets: ["RecordFailure"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // Level 0: system libraries and the ground everything stands on.
    system("CLibAV", "libavformat", apt: "libavformat-dev"),
    system("CTurboJPEG", "libturbojpeg", apt: "libturbojpeg0-dev"),
    system("CCurl", "libcurl", apt: "libcurl4-openssl-dev"),
    system("COpenSSL", "libcrypto", apt: "libssl-dev"),
    system("CExpat", "expat", apt: "libexpat1-dev"),
    system("CHiredis", "hiredis", apt: "libhiredis-dev"),
    system("CZlib", "zlib", apt: "zlib1g-dev"),
    .target(name: "CProcess"),
    .target(name: "CForkServer"),
    // The player and the console, part of the program.
    .target(name: "WebPages", resources: [.embedInCode("Pages")], swiftSettings: settings),
    library("RuntimeCore", [log]),
    .target(name: "CMD5"),
    library("Checksums", ["COpenSSL", "CMD5"]),
    library("SigV4", ["Checksums", "RuntimeCore"]),
    library("S3Protocol", ["CExpat", "Checksums", "RuntimeCore"]),
    library("MediaModel", ["RuntimeCore"]),

    // Level 1: effects, one kind each.
    library("HTTPTransport", ["CCurl", "RuntimeCore"]),
    library("RedisClient", ["CHiredis", "Checksums", "RuntimeCore"]),
    library("Media", ["CLibAV", "CTurboJPEG", "MediaModel", "RuntimeCore"]),
    library("SpriteSheets", ["CTurboJPEG", "MediaModel"]),
    library("CodeArchive", ["CZlib", "Checksums", "RuntimeCore"]),
    library("SAMTemplate", ["RuntimeCore", .product(name: "Yams", package: "Yams")]),

    // Level 2: what functions and servers are made of.
    library("AWSCredentials", ["RuntimeCore", "HTTPTransport", "SigV4"]),
    library("EventBus", ["AWSCredentials", "RuntimeCore", "HTTPTransport", "Checksums", "SigV4"]),
    library("ObjectStore", ["AWSCredentials", "RuntimeCore", "HTTPTransport", "Checksums", "SigV4", "S3Protocol"]),
    library("FunctionRuntime", ["CForkServer", "RuntimeCore", "HTTPTransport", log]),
    library(
      "PreviewJob",
      [
        "RuntimeCore", "Checksums", "S3Protocol", "HTTPTransport", "AWSCredentials", "EventBus", "ObjectStore",
        "MediaModel", log,
      ]),
    library(
      "PreviewRendering",
      ["PreviewJob", "RuntimeCore", "S3Protocol", "EventBus", "ObjectStore", "Media", "MediaModel", log]),
    library(
      "Storyboards", ["PreviewJob", "SpriteSheets", "MediaModel", "ObjectStore", "S3Protocol", "RuntimeCore", log]),
    library(
      "S3Server",
      [
        "RuntimeCore", "Checksums", "SigV4", "S3Protocol", log,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    library(
      "FunctionHost",
      [
        "CProcess", "RuntimeCore", log,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),

    // Level 3: one machine that stands in for the cloud.
    library(
      "LocalRuntime",
      [
        "RuntimeCore", "Checksums", "SigV4", "S3Protocol", "S3Server", "EventBus", "FunctionHost", "SAMTemplate",
        "CodeArchive", "RedisClient", "WebPages", "CZlib", log,
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),

    // One function behind an HTTP port, for any function platform.
    library(
      "FunctionGateway",
      [
        "RuntimeCore", "SigV4", "FunctionHost", log,
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "NIOCore", package: "swift-nio"),
      ]),

    // Level 4: what is run.
    executable("Snippets", renderingDependencies),
    executable("ProcessClip", renderingDependencies),
    executable("Storyboard", functionDependencies + ["Storyboards"]),
    executable("RecordFailure", functionDependencies),
    executable(
      "zoetrope",
      [
        "PreviewJob", "PreviewRendering", "LocalRuntime", "FunctionGateway", "FunctionHost", "SAMTemplate",
        "ObjectStore", "EventBus", "Storyboards", "RedisClient", "AWSCredentials",
        "HTTPTransport", "SigV4", "Media", "MediaModel", "RuntimeCore", log,
        "Checksums", "S3Protocol",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),

    // Tests: one target per module, and the whole thing over real sockets with real clients.
    .target(
      name: "LoopbackServer", dependencies: ["RuntimeCore"], path: "Tests/LoopbackServer", swiftSettings: settings),
    // A function that can be a fork server; tests start it.
    .executableTarget(name: "ForkedFunction", dependencies: ["CForkServer"], path: "Tests/ForkedFunction"),
    tests("RuntimeCoreTests", ["RuntimeCore"]),
    tests("ChecksumsTests", ["Checksums"]),
    tests("SigV4Tests", ["SigV4", "Checksums"]),
    tests("S3ProtocolTests", ["S3Protocol", "Checksums"]),
    tests("HTTPTransportTests", ["HTTPTransport", "LoopbackServer", "RuntimeCore"]),
    tests("RedisClientTests", ["RedisClient", "RuntimeCore"]),
    tests("MediaTests", ["Media", "MediaModel", "RuntimeCore"]),
    tests("SpriteSheetsTests", ["SpriteSheets", "MediaModel"]),
    tests(
      "AWSCredentialsTests", ["AWSCredentials", "HTTPTransport", "LoopbackServer", "SigV4", "RuntimeCore"]),
    tests("CodeArchiveTests", ["CodeArchive", "RuntimeCore"]),
    tests("SAMTemplateTests", ["SAMTemplate", "RuntimeCore"]),
    tests("EventBusTests", ["EventBus", "AWSCredentials", "HTTPTransport", "LoopbackServer", "SigV4", "RuntimeCore"]),
    tests(
      "ObjectStoreTests",
      [
        "ObjectStore", "AWSCredentials", "HTTPTransport", "LoopbackServer", "Checksums", "SigV4", "S3Protocol",
        "RuntimeCore",
      ]),
    tests("FunctionRuntimeTests", ["FunctionRuntime", "HTTPTransport", "LoopbackServer", "RuntimeCore", log]),
    tests(
      "PreviewJobTests",
      [
        "PreviewJob", "PreviewRendering", "S3Protocol", "EventBus", "ObjectStore", "Media", "MediaModel", "RuntimeCore",
      ]),
    tests(
      "StoryboardsTests",
      [
        "Storyboards", "SpriteSheets", "PreviewJob", "EventBus", "ObjectStore", "S3Protocol", "MediaModel",
        "RuntimeCore", log,
      ]),
    tests(
      "S3ServerTests",
      [
        "S3Server", "S3Protocol", "SigV4", "Checksums", "RuntimeCore",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    tests(
      "FunctionHostTests",
      [
        "CProcess", "FunctionHost", "RuntimeCore", log,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ]),
    tests("FunctionGatewayTests", ["FunctionGateway", "RuntimeCore"]),
    tests(
      "LocalRuntimeTests",
      [
        "LocalRuntime", "S3Server", "S3Protocol", "SigV4", "Checksums", "HTTPTransport", "EventBus", "FunctionHost",
        "SAMTemplate", "RuntimeCore", "RedisClient", log,
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
  ]
)
