/** Operators of TensorFlow that touch the machine rather than tensors, and what they do. */
export const UNSAFE_OPS: ReadonlyMap<string, string> = new Map([
  ...of('run Python', 'PyFunc', 'PyFuncStateless', 'EagerPyFunc'),
  ...of('read files', 'ReadFile', 'MatchingFiles', 'WholeFileReader', 'WholeFileReaderV2'),
  ...of('read files', 'TextLineReader', 'TextLineReaderV2', 'TFRecordReader', 'TFRecordReaderV2'),
  ...of('read files', 'FixedLengthRecordReader', 'FixedLengthRecordReaderV2', 'LMDBReader'),
  ...of('read files', 'IdentityReader', 'IdentityReaderV2', 'LoadAndRemapMatrix'),
  ...of('read files', 'TextLineDataset', 'TFRecordDataset', 'TFRecordDatasetV2', 'LMDBDataset'),
  ...of('read files', 'FixedLengthRecordDataset', 'FixedLengthRecordDatasetV2', 'CSVDataset'),
  ...of('read files', 'CSVDatasetV2', 'LoadDataset', 'ExperimentalCSVDataset', 'SqlDataset'),
  ...of('read files', 'ExperimentalSqlDataset', 'ExperimentalLMDBDataset'),
  ...of('load descriptions from files', 'DecodeProtoV2', 'EncodeProto'),
  ...of('write files', 'WriteFile', 'PrintV2', 'SaveDataset', 'SaveDatasetV2', 'SnapshotDataset'),
  ...of('write files', 'SnapshotDatasetV2', 'DatasetToTFRecord'),
  ...of('write files', 'CreateSummaryFileWriter', 'CreateSummaryDbWriter', 'WriteSummary'),
  ...of('write files', 'WriteGraphSummary', 'WriteRawProtoSummary', 'ImportEvent'),
  ...of('reach other machines', 'Rpc', 'TryRpc', 'RpcCall', 'RpcClient', 'RpcServer'),
  ...of('reach other machines', 'RpcServerStart', 'RemoteCall', 'RegisterDataset'),
  ...of('reach other machines', 'DataServiceDataset', 'DataServiceDatasetV2'),
  ...of('reach other machines', 'DataServiceDatasetV3', 'DataServiceDatasetV4'),
  ...of('reach other machines', 'DebugIdentity', 'DebugIdentityV2', 'DebugIdentityV3'),
  ...of('reach other machines', 'DebugNumericSummary', 'DebugNumericSummaryV2', 'DebugNanCount'),
  ...of('run another program', 'RemoteFusedGraphExecute', 'TPUExecute', 'XlaHostCompute'),
  ...of('run another program', 'TFLiteSubgraphExecute'),
]);

function of(what: string, ...names: readonly string[]): (readonly [string, string])[] {
  return names.map((name) => [name, what] as const);
}
