// swift-tools-version: 6.2
import PackageDescription

let strictness: [SwiftSetting] =
    [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
    // A person who builds with a newer compiler must not be stopped by its new warnings; CI must.
    + (Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)])

// Only for contrib/fuzz-parsers: libFuzzer's coverage in what it runs over, and its own program. Whoever builds
// without the variable gets nothing of it.
let isFuzzing = Context.environment["STOKER_FUZZER"] != nil
let fuzzing: [SwiftSetting] =
    isFuzzing
    ? [.unsafeFlags(["-sanitize=fuzzer", "-parse-as-library", "-enforce-exclusivity=checked"])] : []
let fuzzers: [Target] =
    isFuzzing
    ? [
        .executableTarget(
            name: "InputsFuzzer",
            dependencies: ["StokerCore", .product(name: "SystemPackage", package: "swift-system")],
            path: "Tests/InputsFuzzer",
            exclude: ["Corpus", "dictionary"], swiftSettings: strictness + fuzzing,
            linkerSettings: [.unsafeFlags(["-sanitize=fuzzer"])])
    ] : []

let package = Package(
    name: "stoker",
    products: [
        .executable(name: "stoker", targets: ["StokerCLI"]),
        .library(name: "StokerKit", targets: ["StokerKit"]),
    ],
    traits: [
        .default(enabledTraits: ["InotifyTools"]),
        .trait(
            name: "InotifyTools",
            description:
                "Speaks to inotify through libinotifytools (GPL-2.0-only), not by the kernel's own calls."),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.2"),
    ],
    targets: [
        .systemLibrary(
            name: "CInotifyTools", providers: [.apt(["libinotifytools0-dev"])]),
        // System calls that Swift cannot make by itself; headers only.
        .systemLibrary(name: "CLinux"),
        .target(
            name: "StokerCore",
            dependencies: [
                "CLinux",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "HashTreeCollections", package: "swift-collections"),
                .product(name: "SystemPackage", package: "swift-system"),
                .product(name: "Yams", package: "Yams"),
            ],
            swiftSettings: strictness + fuzzing),
        .target(
            name: "StokerKit",
            dependencies: [
                "CLinux",
                "StokerCore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOSSL", package: "swift-nio-ssl"),
                .product(name: "Subprocess", package: "swift-subprocess"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strictness),
        .target(
            name: "StokerAgent",
            dependencies: [
                "CLinux",
                .target(name: "CInotifyTools", condition: .when(traits: ["InotifyTools"])),
                "StokerKit",
                "StokerCore",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strictness),
        .executableTarget(
            name: "StokerCLI",
            dependencies: [
                "StokerAgent",
                "StokerKit",
                "StokerCore",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strictness),
        .testTarget(
            name: "StokerCoreTests", dependencies: ["StokerCore", "TestSupport"], swiftSettings: strictness),
        // Programs that tests and contrib/bench start.
        .executableTarget(name: "KillAtCall", path: "Tests/KillAtCall"),
        .executableTarget(
            name: "WarmCrowd",
            dependencies: [
                "StokerKit",
                "StokerCore",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/WarmCrowd", swiftSettings: strictness),
        .executableTarget(
            name: "ProxyBench",
            dependencies: [
                "StokerKit",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            path: "Tests/ProxyBench", swiftSettings: strictness),
        .executableTarget(
            name: "ReapPlanner", dependencies: ["StokerKit", "StokerCore"], path: "Tests/ReapPlanner",
            swiftSettings: strictness),
        // What more than one of the test targets needs.
        .target(
            name: "TestSupport", dependencies: ["CLinux"], path: "Tests/TestSupport",
            swiftSettings: strictness),
        .testTarget(
            name: "StokerKitTests",
            dependencies: [
                "StokerKit",
                "StokerCore",
                "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "SystemPackage", package: "swift-system"),
            ],
            swiftSettings: strictness),
        .testTarget(
            name: "StokerAgentTests",
            dependencies: ["StokerAgent", "StokerKit", "StokerCore", "TestSupport"],
            swiftSettings: strictness),
        .testTarget(
            name: "StokerCLITests",
            dependencies: ["CLinux", "StokerCLI", "StokerAgent", "StokerKit", "StokerCore", "TestSupport"],
            swiftSettings: strictness),
    ] + fuzzers,
    swiftLanguageModes: [.v6]
)
