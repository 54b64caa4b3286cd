// SPDX-License-Identifier: Apache-2.0

internal import SSOSyncAWS
internal import SSOSyncConfiguration
internal import SSOSyncCore
internal import SSOSyncDigest

/// Fetches the configuration, sees that it is the one that was deployed, and reads it.
struct ConfigurationLoader {
    let settings: FunctionSettings
    let aws: AWSAccess
    let documents: DocumentReader

    /// The configuration.
    ///
    /// - Throws: ``FunctionFailure`` with everything that is the matter, in one line.
    func configuration() async throws(FunctionFailure) -> ConfigurationFile {
        let bytes = try await bytes()
        try check(bytes)
        do throws(ConfigurationError) {
            let configuration = try ConfigurationFile(try documents.document(bytes, file: path), path: path)
            try refuseUnfit(configuration)
            return configuration
        } catch {
            throw explained(error)
        }
    }

    /// Refuses what a function cannot do, and the command line can.
    private func refuseUnfit(_ configuration: ConfigurationFile) throws(ConfigurationError) {
        let problems = tags(configuration) + targetMemory(configuration)
        guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    }

    /// What carries tags has to be looked for in each run, and a function's parts are put together once.
    private func tags(_ configuration: ConfigurationFile) -> [ConfigurationError.Problem] {
        configuration.targets.enumerated().compactMap { index, target -> ConfigurationError.Problem? in
            guard case .tagged = target.location else { return nil }
            return ConfigurationError.Problem(
                file: path,
                line: nil,
                path: "targets[\(index)].tagged",
                message: "the function does not look for tags yet: give \(target.name) by cluster or instance"
            )
        }
    }

    /// Processes do not share a file: what one of them knows to be in step, another may have changed.
    private func targetMemory(_ configuration: ConfigurationFile) -> [ConfigurationError.Problem] {
        guard configuration.targetMemory != nil else { return [] }
        return [
            ConfigurationError.Problem(
                file: path,
                line: nil,
                path: "targetMemory",
                message: "the function's processes share no file, so that none can tell what has rested: leave it out"
            )
        ]
    }

    /// Everything that is the matter with a configuration, with the place that it came from as its name.
    func explained(_ error: ConfigurationError) -> FunctionFailure {
        let problems = error.problems.map { problem in
            guard problem.file == path else { return problem.description }
            return ConfigurationError.Problem(
                file: name,
                line: problem.line,
                path: problem.path,
                message: problem.message
            ).description
        }
        return .configuration(problems.joined(separator: "; "))
    }

    /// The file that relative paths of the configuration are beside.
    private var path: String {
        switch settings.place {
        case .file(let path): path
        case .object(let location, _):
            "\(settings.folder)/\(location.key.split(separator: "/").last ?? "sso-sync.json")"
        }
    }

    /// The place, for people.
    private var name: String {
        switch settings.place {
        case .file(let path): path
        case .object(let location, let version): "\(location) (version \(version))"
        }
    }

    private func bytes() async throws(FunctionFailure) -> [UInt8] {
        switch settings.place {
        case .file(let path):
            do throws(FileReader.Failure) {
                return try FileReader.bytes(of: path, limit: DocumentReader.configurationLimit)
            } catch {
                throw .configuration("the configuration \(Printable.escaped(path)) \(error.message)")
            }
        case .object(let location, let version):
            do {
                return try await object(location, version)
            } catch let error as AWSError {
                throw .configuration("the configuration cannot be read: \(error.message)")
            } catch {
                throw .configuration("the configuration cannot be read: \(error)")
            }
        }
    }

    private func object(_ location: S3Location, _ version: String) async throws -> [UInt8] {
        guard let region = aws.regions.first else {
            throw AWSError(.invalidArgument, "AWS_REGION is not set, and the bucket has to be in the function's Region")
        }
        // Lambda gives a function ten seconds to start.
        let settings = AWSClient.Configuration(
            retryPolicy: aws.retryPolicy ?? RetryPolicy(maximumAttempts: 2),
            attemptTimeout: .seconds(4)
        )
        let client = S3Client(try aws.client(.s3, region: region, settings: settings))
        let limit = DocumentReader.configurationLimit
        guard let object = try await client.object(at: location, versionId: version, limit: limit) else {
            throw AWSError(.invalidArgument, "\(location) is not there")
        }
        return object.bytes
    }

    private func check(_ bytes: [UInt8]) throws(FunctionFailure) {
        guard let wanted = settings.checksum else { return }
        let found = SHA256.digest(bytes).hexadecimal
        guard found == wanted else {
            throw .configuration(
                "the configuration \(Printable.escaped(name)) has the SHA-256 \(found), and SSOSYNC_CONFIGURATION_SHA256 is "
                    + "\(wanted): deploy the two together"
            )
        }
    }
}
