// The text form of thread IR; dev.tilewright.ir.thread.ThreadPrinter writes it, ThreadParser reads
// it.
grammar ThreadIr;

import IrText;

kernel
  : 'thread' SYMBOL '(' (parameter (',' parameter)*)? ')'
    'launch' '(' 'target' STRING ',' 'threads' INT ',' 'shared' INT (',' 'cluster' INT)? ')'
    block EOF
  ;

parameter
  : VALUE '=' 'pointer' name ':' type          # pointerParameter
  | VALUE '=' 'stride' name INT ':' type       # strideParameter
  | VALUE '=' 'dim' name ':' type              # dimensionParameter
  | VALUE '=' 'scalar' name ':' type           # scalarParameter
  | VALUE '=' 'tensor_map' name 'order' '(' numbers ')' 'box' '(' numbers ')'
    'swizzle' INT ':' type                     # tensorMapParameter
  | VALUE '=' 'workspace' name 'place' INT zeroed='zeroed'? ':' type # workspaceParameter
  ;

block : '{' op* '}' ;

op
  : VALUE '=' valued ':' type location?                                      # valuedOp
  | values '=' several ':' types location?                                   # severalOp
  | effect location?                                                         # effectOp
  | (values '=')? 'for' argument '=' VALUE 'to' VALUE 'step' VALUE
    ('carry' '(' carried (',' carried)* ')')?
    (':' types)? location? block                                             # forOp
  | (result=values '=')? 'while' init=values? (':' types)? location?
    arguments block 'do' arguments block                                     # whileOp
  | (values '=')? 'if' VALUE (':' types)? location?
    block ('else' block)?                                                    # ifOp
  | 'roles' location? role*                                                  # rolesOp
  | 'single' location? block                                                 # singleOp
  | 'warp_leader' location? block                                            # warpLeaderOp
  ;

role : 'warps' INT block ;

// What has one result.
valued
  : 'constant' literal                                        # constant
  | 'special' register                                        # special
  | unaryKind VALUE                                           # unary
  | binaryKind VALUE ',' VALUE                                # binary
  | 'fma' VALUE ',' VALUE ',' VALUE                           # fma
  | 'compare' predicate VALUE ',' VALUE                       # compare
  | 'select' VALUE ',' VALUE ',' VALUE                        # select
  | 'convert' VALUE rounding 'saturate'?                      # convert
  | 'bitcast' VALUE                                           # bitcast
  | 'byte_permute' VALUE ',' VALUE '[' numbers ']'            # bytePermute
  | 'byte_lookup' VALUE ',' VALUE 'at' VALUE                  # byteLookup
  | 'funnel_shift' VALUE ',' VALUE 'by' INT                   # funnelShift
  | 'build' values                                            # build
  | 'extract' VALUE '[' INT ']'                               # extract
  | 'global_load' address guard?                              # globalLoad
  | 'shared_load' address                                     # sharedLoad
  | 'shuffle_xor' VALUE INT                                   # shuffleXor
  | 'shuffle_index' VALUE ',' VALUE                           # shuffleIndex
  | 'matrix_descriptor' address 'bits' INT                    # matrixDescriptor
  | 'fetch_increment' address 'last' VALUE guard?             # fetchIncrement
  ;

// What has several.
several
  : 'load_matrix' 'transposed'? address                       # loadMatrix
  | 'mma' STRING '(' values ')' '(' values ')' '(' values ')' # mma
  | 'group_mma' STRING '(' values ')' VALUE '(' values? ')' guard?
    transposeA='transpose_a'? transposeB='transpose_b'?       # groupMma
  | 'group_mma_wait' INT values                               # groupMmaWait
  ;

effect
  : 'global_store' VALUE 'to' address guard?                  # globalStore
  | 'shared_store' VALUE 'to' address guard?                  # sharedStore
  | 'async_copy' INT address 'to' address ('bytes' VALUE)? guard?  # asyncCopy
  | 'async_commit'                                            # asyncCommit
  | 'async_wait' INT                                          # asyncWait
  | 'store_matrix' 'transposed'? values 'to' address          # storeMatrix
  | 'barrier' id=INT? ('threads' threads=INT)?                # barrier
  | 'set_max_registers' ('increase' | 'decrease') INT       # setMaxRegisters
  | 'mbarrier_init' address 'count' INT                       # mbarrierInit
  | 'mbarrier_expect' address 'bytes' INT                     # mbarrierExpect
  | 'mbarrier_arrive' address ('rank' VALUE)?                 # mbarrierArrive
  | 'mbarrier_wait' address 'parity' VALUE                    # mbarrierWait
  | 'fence_mbarrier_init'                                     # fenceMbarrierInit
  | 'fence_proxy_async'                                       # fenceProxyAsync
  | 'cluster_arrive' relaxed='relaxed'?                       # clusterArrive
  | 'cluster_wait'                                            # clusterWait
  | 'bulk_load' box 'to' address 'barrier' address
    ('multicast' VALUE)?                                      # bulkLoad
  | 'bulk_store' address 'to' box                             # bulkStore
  | 'bulk_commit'                                             # bulkCommit
  | 'bulk_wait' INT read='read'?                              # bulkWait
  | 'prefetch_tensor_map' VALUE                               # prefetchTensorMap
  | 'signal' address guard?                                   # signal
  | 'await' address guard?                                    # await
  | 'group_mma_fence'                                         # groupMmaFence
  | 'group_mma_commit'                                        # groupMmaCommit
  | 'group_mma_wait' INT                                      # groupMmaWaitForAll
  | 'yield' values?                                           # yield
  ;

register : ID | 'thread' ;

// A base and a constant distance, in bytes.
address : '[' VALUE ('+' INT)? ']' ;

// A tensor map and coordinates, innermost first.
box : VALUE '(' values ')' ;

numbers : INT (',' INT)* ;

// Otherwise memory is left alone; of a matrix product, the sum starts anew.
guard : 'when' VALUE ;

argument : VALUE (':' type)? ;
arguments : '(' (argument (',' argument)*)? ')' ;
carried : argument '=' VALUE ;
types : type (',' type)* ;

// An element type, or one and a number of lanes: f32, f16x8.
type : ID ;
